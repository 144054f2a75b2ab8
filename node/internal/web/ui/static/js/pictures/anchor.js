// An anchor is what a person looks at, so that it can stay where it is while
// months above it turn out higher or lower than planned, or change.
import {lineAt} from './rows.js';

const several = 6; // pictures, in case the first of them goes

// take remembers what is at the top of the viewport. at(index) is the layout of
// a month, or null.
export function take(library, plan, at, top, bottom) {
  const {months} = library;
  if (!months.length) return null;
  const index = plan.at(Math.max(0, top));
  const first = inMonth(months, plan, at, index, top);
  if (first) return first;
  const next = index + 1;
  if (next < months.length && plan.top(next) < bottom && at(next)) {
    const seen = inMonth(months, plan, at, next, plan.top(next));
    if (seen) return {...seen, y: plan.top(next) - top + seen.y, share: 0};
  }
  return {key: months[index].key, share: (top - plan.top(index)) / plan.heightOf(index), pictures: [], y: 0};
}

function inMonth(months, plan, at, index, top) {
  const layout = at(index);
  const pictures = months[index].pictures;
  if (!layout || !pictures?.length) return null;
  const local = top - plan.top(index);
  const line = layout.lines[Math.min(lineAt(layout.lines, local), layout.lines.length - 1)];
  return {
    key: months[index].key,
    pictures: pictures.slice(line.first, line.first + several).map((p) => p.id),
    y: layout.y[line.first] - local, // from the top of the viewport
    share: local / plan.heightOf(index),
  };
}

// find returns where the top of the viewport must be for the anchor to be where
// it was, or as near to it as what is left allows.
export function find(anchor, library, plan, at) {
  const index = plan.indexOf(anchor.key);
  if (index < 0) return plan.top(after(library.months, anchor.key));
  const layout = at(index);
  const pictures = library.months[index].pictures;
  if (layout && pictures) {
    for (const id of anchor.pictures) {
      const i = pictures.findIndex((p) => p.id === id);
      if (i >= 0) return plan.top(index) + layout.y[i] - anchor.y;
    }
  }
  return plan.top(index) + anchor.share * plan.heightOf(index);
}

// after is the index of the first month that is older than one that has gone.
function after(months, key) {
  const i = months.findIndex((m) => m.key === 'unknown' || m.key < key);
  return i < 0 ? months.length : i;
}
