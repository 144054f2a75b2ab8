// Tile is one picture of the timeline on the screen. Tiles are used again for
// other pictures as the page scrolls.
import * as api from './api.js';
import * as dates from './dates.js';
import {bytes, paint} from './thumbhash.js';
import {ratioOf} from './shape.js';
import {t} from '../lib/i18n.js';

const longest = 16; // samples of a placeholder
const wide = 2.3; // from here on the small thumbnail is too low for its tile

function part(tag, name) {
  const el = document.createElement(tag);
  el.className = name;
  return el;
}

export class Tile {
  el = part('div', 'tile');
  link = part('a', 'tile-link');
  canvas = part('canvas', 'tile-hash');
  img = part('img', 'tile-img');
  badge = part('span', 'tile-badge');
  marks = part('span', 'tile-marks');
  check = part('button', 'tile-check');
  picture = null;
  position = -1;
  src = '';
  state = 'empty'; // → waiting → loading → there or failed
  near = false; // in view
  turn = 0; // of loading
  y = 0; // within its month
  h = 0;
  #ink = this.canvas.getContext('2d', {alpha: false, willReadFrequently: true});
  #said = '';
  #box = '';

  constructor() {
    this.img.alt = '';
    this.img.decoding = 'async';
    this.img.draggable = false;
    this.link.draggable = false;
    this.check.type = 'button';
    this.check.tabIndex = -1;
    this.check.setAttribute('role', 'checkbox');
    this.link.append(this.canvas, this.img, this.badge, this.marks);
    this.el.append(this.link, this.check);
    this.el.tile = this;
  }

  // set shows a picture; what it shows already stays.
  set(picture, position) {
    this.position = position;
    if (this.picture?.id !== picture.id) this.#change(picture);
    this.picture = picture;
    this.#say(picture);
  }

  #change(picture) {
    this.clear();
    this.link.href = api.photoURL(picture.id);
    this.#placeholder(picture);
    this.src = ratioOf(picture) > wide ? api.previewURL(picture.id) : api.thumbURL(picture.id);
    this.state = 'waiting';
  }

  // clear makes the tile ready for another picture. Its load must be dropped before.
  clear() {
    this.img.onload = this.img.onerror = null;
    if (this.state !== 'empty') this.img.removeAttribute('src');
    this.el.classList.remove('is-there', 'is-at-once');
    this.picture = null;
    this.src = '';
    this.state = 'empty';
    this.#said = '';
  }

  #placeholder(picture) {
    const r = ratioOf(picture);
    const w = r >= 1 ? longest : Math.max(4, Math.round(longest * r));
    const h = r >= 1 ? Math.max(4, Math.round(longest / r)) : longest;
    let painted = false;
    if (picture.th) {
      const {canvas} = this;
      if (canvas.width !== w) canvas.width = w;
      if (canvas.height !== h) canvas.height = h;
      const pixels = this.#ink.createImageData(w, h);
      painted = paint(bytes(picture.th), w, h, pixels.data);
      if (painted) this.#ink.putImageData(pixels, 0, 0);
    }
    this.canvas.hidden = !painted;
  }

  #say(p) {
    const said = `${p.fav ? 1 : 0}${p.held ? 1 : 0}${p.kind ?? ''}${p.n ?? 0}`;
    if (said === this.#said) return;
    this.#said = said;
    const badge = badgeOf(p);
    this.badge.textContent = badge.text;
    this.badge.dataset.kind = badge.kind;
    this.badge.hidden = !badge.kind;
    this.marks.className = `tile-marks${p.fav ? ' is-favourite' : ''}${p.held === false ? ' is-elsewhere' : ''}`;
    this.marks.hidden = !p.fav && p.held !== false;
    const label = labelOf(p);
    this.link.setAttribute('aria-label', label);
    this.check.setAttribute('aria-label', t('pictures.select', {picture: label}));
  }

  // put moves the tile within its month.
  put(x, y, w, h) {
    this.y = y;
    this.h = h;
    const box = `${x.toFixed(1)} ${y.toFixed(1)} ${w.toFixed(1)} ${h.toFixed(1)}`;
    if (box === this.#box) return;
    this.#box = box;
    const {style} = this.el;
    style.transform = `translate(${x}px, ${y}px)`;
    style.width = `${w}px`;
    style.height = `${h}px`;
  }

  // show lets the thumbnail appear.
  show() {
    this.el.classList.add('is-there');
  }

  select(on) {
    this.el.classList.toggle('is-selected', on);
    if (this.check.ariaChecked !== String(on)) this.check.setAttribute('aria-checked', String(on));
  }

  reach(on) {
    const want = on ? 0 : -1;
    if (this.link.tabIndex !== want) this.link.tabIndex = want;
  }
}

// badgeOf says what a picture is beside a still photo.
export function badgeOf(p) {
  if (p.kind === 'live-photo') return {kind: 'live', text: ''};
  if (p.kind === 'motion-photo') return {kind: 'motion', text: ''};
  if (p.kind === 'burst') return {kind: 'burst', text: dates.count(p.n ?? 2)};
  if (p.kind === 'raw-jpeg' || isRaw(p.type)) return {kind: 'raw', text: 'RAW'};
  if (p.type.startsWith('video/')) return {kind: 'video', text: p.s ? dates.duration(p.s) : ''};
  if (p.type === 'image/gif') return {kind: 'gif', text: 'GIF'};
  return {kind: '', text: ''};
}

// isRaw reports whether a type is that of a camera's raw file.
export function isRaw(type) {
  return /^image\/x-|^image\/(dng|vnd\.adobe\.dng)/.test(type);
}

// labelOf says a picture in words, for those who do not see it.
export function labelOf(p) {
  const {kind} = badgeOf(p);
  const parts = [t(`pictures.is.${kind || 'photo'}`, {n: p.n ?? 1})];
  if (p.t) parts.push(dates.date(p.t), dates.shortTime(p.t));
  if (kind === 'video' && p.s) parts.push(dates.duration(p.s));
  if (p.fav) parts.push(t('pictures.is.favourite'));
  if (p.held === false) parts.push(t('pictures.is.elsewhere'));
  return parts.filter(Boolean).join(', ');
}
