// Lays the pictures of one month out, exactly. Every day has a heading; its
// pictures fill justified rows. Days of few pictures share a line.
import {ratioOf} from './shape.js';

// layout returns where everything is, from the top left of the month's block:
//   x, y, w, h  of each picture
//   lines       rows from the top: {y, h, first, last}, pictures first…last-1
//   days        {day, x, y, w, first, last}: headings
//   height      of all
export function layout(pictures, shape) {
  const n = pictures.length;
  const out = {
    x: new Float32Array(n),
    y: new Float32Array(n),
    w: new Float32Array(n),
    h: new Float32Array(n),
    lines: [],
    days: [],
    height: 0,
  };
  const page = {out, shape, pictures, y: shape.month, line: []};
  for (let first = 0; first < n;) {
    const day = dayOf(pictures[first]);
    let last = first + 1;
    while (last < n && dayOf(pictures[last]) === day) last++;
    place(page, {day, first, last, natural: natural(pictures, first, last, shape)});
    first = last;
  }
  closeLine(page);
  out.height = page.y + shape.after;
  return out;
}

// dayOf is the local day of a picture, "" if unknown.
export function dayOf(picture) {
  return picture.t.slice(0, 10);
}

function natural(pictures, first, last, shape) {
  let sum = 0;
  for (let i = first; i < last; i++) sum += ratioOf(pictures[i]);
  return {ratio: sum, width: sum * shape.row + (last - first - 1) * shape.gap};
}

function place(page, day) {
  const {shape} = page;
  if (day.natural.width > shape.width) {
    closeLine(page);
    fillDay(page, day);
    return;
  }
  const box = Math.max(day.natural.width, shape.label);
  const taken = page.line.reduce((sum, d) => sum + d.box + shape.beside, 0);
  if (taken + box > shape.width) closeLine(page);
  page.line.push({...day, box: Math.min(box, shape.width)});
}

// closeLine sets the days that share a line, a little larger where that fills it.
function closeLine(page) {
  const {shape, out, line} = page;
  if (!line.length) return;
  page.line = [];
  let fixed = (line.length - 1) * shape.beside;
  let ratio = 0;
  for (const d of line) {
    fixed += (d.last - d.first - 1) * shape.gap + Math.max(0, d.box - d.natural.width);
    ratio += d.natural.ratio;
  }
  const full = (shape.width - fixed) / ratio;
  const h = full <= shape.row * 1.3 ? full : shape.row;
  const y = page.y + shape.day;
  let x = 0;
  for (const d of line) {
    const start = x;
    x = setRow(page, d.first, d.last, x, y, h);
    const w = Math.max(x - start, Math.min(shape.label, shape.width - start));
    out.days.push({day: d.day, x: start, y: page.y, w, first: d.first, last: d.last});
    x = start + w + shape.beside;
  }
  out.lines.push({y, h, first: line[0].first, last: line[line.length - 1].last});
  page.y = y + h + shape.between;
}

// fillDay sets a day that needs more than a line: full rows, each broken where
// its height comes closest to the one that is wanted, and a rest.
function fillDay(page, day) {
  const {shape, out, pictures} = page;
  out.days.push({day: day.day, x: 0, y: page.y, w: shape.width, first: day.first, last: day.last});
  let y = page.y + shape.day;
  let first = day.first;
  while (first < day.last) {
    const row = breakRow(pictures, first, day.last, shape);
    setRow(page, first, row.last, 0, y, row.h);
    out.lines.push({y, h: row.h, first, last: row.last});
    y += row.h + shape.gap;
    first = row.last;
  }
  page.y = y - shape.gap + shape.between;
}

function breakRow(pictures, first, end, shape) {
  let ratio = 0;
  let before = Infinity; // height of the row without the last picture
  for (let i = first; i < end; i++) {
    ratio += ratioOf(pictures[i]);
    const h = (shape.width - (i - first) * shape.gap) / ratio;
    if (h <= shape.row) {
      const shorter = i > first && before - shape.row < shape.row - h;
      return shorter ? {last: i, h: before} : {last: i + 1, h};
    }
    before = h;
  }
  return {last: end, h: before <= shape.row * 1.25 ? before : shape.row};
}

function setRow({out, pictures, shape}, first, last, x, y, h) {
  for (let i = first; i < last; i++) {
    const w = ratioOf(pictures[i]) * h;
    out.x[i] = x;
    out.y[i] = y;
    out.w[i] = w;
    out.h[i] = h;
    x += w + shape.gap;
  }
  return x - shape.gap;
}

// lineAt is the index of the first line that ends below y.
export function lineAt(lines, y) {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (lines[mid].y + lines[mid].h > y) high = mid;
    else low = mid + 1;
  }
  return low;
}
