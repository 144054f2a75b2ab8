// Which files a person means: chosen, or dropped, also whole folders. Each is
// {file, path}: its name below what was chosen.

/** A button that opens the browser's picker. */
export function pick(button, input, add) {
  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    add([...input.files].map((file) => ({file, path: file.webkitRelativePath || file.name})));
    input.value = '';
  });
}

/** Files that are dropped anywhere on the page; the zone shows where. */
export function dropZone(zone, add) {
  let depth = 0;
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  const over = (on) => zone.classList.toggle('is-over', on);
  addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    depth++;
    over(true);
  });
  addEventListener('dragleave', (event) => {
    if (hasFiles(event) && --depth <= 0) over(false);
  });
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  addEventListener('drop', async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    over(false);
    // Entries must be taken before anything is waited for.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = entries.length ? [] : [...event.dataTransfer.files].map((file) => ({file, path: file.name}));
    add(plain);
    for (const entry of entries) for await (const some of filesBelow(entry)) add(some);
  });
}

async function* filesBelow(entry, path = '') {
  const full = path + entry.name;
  if (entry.isFile) {
    const file = await new Promise((done) => { entry.file(done, () => done(null)); });
    if (file) yield [{file, path: full}];
    return;
  }
  const reader = entry.createReader();
  for (;;) { // a reader gives at most a hundred at a time
    const some = await new Promise((done) => { reader.readEntries(done, () => done([])); });
    if (!some.length) return;
    for (const below of some) yield* filesBelow(below, `${full}/`);
  }
}
