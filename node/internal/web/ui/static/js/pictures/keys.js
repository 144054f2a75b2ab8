// The keyboard in the timeline: arrows move, Enter opens, x chooses (with Shift
// a range), d the whole day, Escape chooses nothing, Home and End go to the ends.

export function keys(timeline, selection, open) {
  const {library} = timeline;
  let moving = false;

  // current is the position that keys begin at: where the focus is or was, or
  // the first tile in view.
  const current = () => {
    const tile = document.activeElement?.closest?.('.tile')?.tile;
    if (tile?.picture) return tile.position;
    if (timeline.active >= 0 && timeline.active < library.total) return timeline.active;
    let first = -1;
    for (const t of timeline.tiles()) if (t.near && (first < 0 || t.position < first)) first = t.position;
    return first;
  };

  const go = async (position, event) => {
    const to = Math.min(library.total - 1, Math.max(0, position));
    timeline.active = to;
    const tile = await timeline.reveal(to);
    tile?.link.focus({preventScroll: true});
    if (event.shiftKey && tile) await selection.extend(to);
  };

  const page = async (direction) => {
    let to = current();
    const lines = Math.max(1, Math.floor((innerHeight * 0.8) / timeline.plan.shape.row));
    for (let i = 0; i < lines; i++) to = await timeline.beside(to, direction);
    return to;
  };

  const steps = {
    ArrowLeft: () => current() - 1,
    ArrowRight: () => current() + 1,
    ArrowUp: () => timeline.beside(current(), -1),
    ArrowDown: () => timeline.beside(current(), 1),
    PageUp: () => page(-1),
    PageDown: () => page(1),
    Home: () => 0,
    End: () => library.total - 1,
  };

  const others = {
    Enter: () => open(current()),
    x: (event) => choose(event),
    X: (event) => choose(event),
    d: () => day(),
    Escape: () => selection.clear(),
  };

  const choose = (event) => {
    const position = current();
    const picture = library.at(position);
    if (!picture) return;
    if (event.shiftKey) void selection.extend(position);
    else selection.toggle(picture, position);
  };

  const day = () => {
    const {index, at} = library.locate(current());
    const pictures = library.months[index]?.pictures;
    if (!pictures?.[at]) return;
    const that = pictures[at].t.slice(0, 10);
    selection.all(pictures.filter((p) => p.t.slice(0, 10) === that));
  };

  const typing = (el) => document.body.classList.contains('has-viewer') || el?.closest?.('input, textarea, select, [contenteditable], dialog, [role="menu"], [role="slider"], .pswp');

  addEventListener('keydown', async (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !library.total) return;
    const inside = timeline.root.contains(document.activeElement);
    if (event.key === 'Escape' && selection.size) return selection.clear();
    if (!inside && document.activeElement !== document.body) return;
    if (event.key in others) {
      if (event.key === 'Enter' && (!inside || document.activeElement.closest('button'))) return;
      event.preventDefault();
      others[event.key](event);
      return;
    }
    if (!(event.key in steps) || (!inside && !event.key.startsWith('Arrow'))) return;
    if (!inside && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) return; // scrolls, as on every page
    event.preventDefault();
    if (moving) return; // a key that repeats faster than months load
    moving = true;
    try {
      await go(await steps[event.key](), event);
    } finally {
      moving = false;
    }
  });
}
