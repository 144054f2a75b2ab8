// What pointers do to tiles: a click opens, or chooses while something is
// chosen; a long press and the corner's box choose; Shift takes in a range.

const long = 420; // milliseconds of a press
const slack = 10; // pixels that a finger may tremble

export function touch(timeline, selection, open) {
  const {root} = timeline;
  let pressed = null; // {tile, x, y, timer}
  let swallow = false; // the click that ends a long press

  const release = () => {
    clearTimeout(pressed?.timer);
    pressed = null;
  };

  const choose = (tile, event) => {
    timeline.active = tile.position;
    if (event.shiftKey && selection.size) void selection.extend(tile.position);
    else selection.toggle(tile.picture, tile.position);
  };

  root.addEventListener(
    'pointerdown',
    (event) => {
      swallow = false;
      const tile = event.target.closest('.tile')?.tile;
      if (!tile || event.pointerType === 'mouse' || !event.isPrimary) return;
      const press = () => {
        swallow = true;
        pressed = null;
        navigator.vibrate?.(12);
        if (tile.picture) choose(tile, event);
      };
      pressed = {x: event.clientX, y: event.clientY, timer: setTimeout(press, long)};
    },
    {passive: true},
  );
  root.addEventListener(
    'pointermove',
    (event) => {
      if (pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > slack) release();
    },
    {passive: true},
  );
  for (const end of ['pointerup', 'pointercancel', 'pointerleave']) root.addEventListener(end, release, {passive: true});
  // The browser's own menu of a link would cover what a long press has chosen.
  root.addEventListener('contextmenu', (event) => {
    if ((swallow || pressed) && event.target.closest('.tile')) event.preventDefault();
  });

  root.addEventListener('click', (event) => {
    const day = event.target.closest('.day-check');
    if (day) return chooseDay(timeline, selection, day);
    const tile = event.target.closest('.tile')?.tile;
    if (!tile?.picture) return;
    if (swallow) {
      swallow = false;
      event.preventDefault();
    } else if (event.target.closest('.tile-check')) choose(tile, event);
    else if (event.ctrlKey || event.metaKey)
      return; // a new tab
    else {
      event.preventDefault();
      if (selection.size) choose(tile, event);
      else open(tile.position);
    }
  });
}

function chooseDay(timeline, selection, button) {
  const heading = button.closest('.day');
  const month = timeline.library.months.find((m) => m.key === heading.month);
  if (month?.pictures) selection.all(month.pictures.slice(heading.range.first, heading.range.last));
}

// dress shows on tiles and headings what is chosen.
export function dress(timeline, selection) {
  timeline.root.classList.toggle('is-selecting', selection.size > 0);
  for (const tile of timeline.tiles()) tile.select(selection.has(tile.picture.id));
  for (const heading of timeline.headings()) {
    const month = timeline.library.months.find((m) => m.key === heading.month);
    const {first, last} = heading.range;
    let chosen = 0;
    for (let i = first; i < last; i++) if (selection.has(month?.pictures?.[i]?.id)) chosen++;
    const state = chosen === 0 ? 'false' : chosen === last - first ? 'true' : 'mixed';
    const check = heading.firstChild;
    if (check.getAttribute('aria-checked') !== state) check.setAttribute('aria-checked', state);
  }
}
