// Section is the block of one month on the screen: its heading, the headings
// of its days, and the tiles of the lines that are near the viewport.
import * as dates from './dates.js';
import {lineAt} from './rows.js';
import {t} from '../lib/i18n.js';

let serial = 0;

export class Section {
  el = document.createElement('section');
  tiles = new Map(); // by id of the picture
  #name = document.createElement('h2');
  #days = new Map(); // headings by day
  #pool;
  #month = null;
  #transform = '';
  #height = -1;

  constructor(pool) {
    this.#pool = pool;
    this.el.className = 'month';
    this.#name.className = 'month-name';
    this.#name.id = `month-${++serial}`;
    this.el.setAttribute('aria-labelledby', this.#name.id);
    this.el.append(this.#name);
  }

  get month() {
    return this.#month;
  }

  // put places the block on the page.
  put(month, y, height) {
    if (this.#month?.key !== month.key) this.#name.textContent = dates.monthName(month) || t('pictures.undated');
    this.#month = month;
    const transform = `translateY(${Math.round(y)}px)`;
    if (transform !== this.#transform) this.el.style.transform = this.#transform = transform;
    if (height !== this.#height) {
      this.el.style.height = `${height}px`;
      this.#height = height;
    }
    this.el.classList.toggle('is-known', !!month.pictures);
  }

  // draw shows the part from top to bottom, of a month whose pictures are known;
  // room bounds how many tiles it may use. It returns how many it uses.
  draw(layout, top, bottom, room) {
    const {lines} = layout;
    const first = lineAt(lines, top);
    const nodes = [];
    const seen = new Set();
    const days = new Set();
    let d = layout.days.findIndex((day) => first < lines.length && day.last > lines[first].first);
    let used = 0;
    for (let l = first; l < lines.length && lines[l].y < bottom + 60; l++) {
      for (let i = lines[l].first; i < lines[l].last && used < room; i++, used++) {
        while (d >= 0 && d < layout.days.length && layout.days[d].first <= i) {
          const day = layout.days[d++];
          days.add(day.day);
          nodes.push(this.#day(day));
        }
        const picture = this.#month.pictures[i];
        seen.add(picture.id);
        nodes.push(this.#tile(picture, i, layout).el);
      }
    }
    this.#release(seen, days);
    this.#arrange(nodes);
    return used;
  }

  #tile(picture, i, layout) {
    let tile = this.tiles.get(picture.id);
    if (!tile) this.tiles.set(picture.id, (tile = this.#pool.take()));
    tile.set(picture, this.#month.first + i);
    tile.put(layout.x[i], layout.y[i], layout.w[i], layout.h[i]);
    return tile;
  }

  #day(day) {
    let el = this.#days.get(day.day);
    if (!el) this.#days.set(day.day, (el = dayHeading(day.day)));
    el.style.transform = `translate(${day.x}px, ${day.y}px)`;
    el.style.width = `${day.w}px`;
    el.range = day;
    el.month = this.#month.key;
    return el;
  }

  #release(seen, days) {
    for (const [id, tile] of this.tiles)
      if (!seen.has(id)) {
        this.tiles.delete(id);
        this.#pool.give(tile);
      }
    for (const [day, el] of this.#days)
      if (!days.has(day)) {
        this.#days.delete(day);
        el.remove();
      }
  }

  // arrange brings the nodes into the order in which they are read aloud.
  #arrange(nodes) {
    let next = this.#name.nextSibling;
    for (const node of nodes) {
      if (node === next) next = next.nextSibling;
      else this.el.insertBefore(node, next);
    }
  }

  // empty gives all tiles back.
  empty() {
    this.#release(new Set(), new Set());
  }

  headings() {
    return this.#days.values();
  }
}

function dayHeading(day) {
  const el = document.createElement('div');
  el.className = 'day';
  const name = document.createElement('h3');
  name.className = 'day-name';
  name.textContent = dates.day(day) || t('pictures.undated.day');
  name.title = dates.fullDay(day);
  const check = document.createElement('button');
  check.type = 'button';
  check.className = 'day-check';
  check.tabIndex = -1;
  check.setAttribute('role', 'checkbox');
  check.setAttribute('aria-checked', 'false');
  check.setAttribute('aria-label', t('pictures.select.day', {day: dates.fullDay(day)}));
  el.append(check, name);
  return el;
}
