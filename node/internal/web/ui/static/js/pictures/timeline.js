// Timeline shows a library as justified rows by day, of which only those near
// the viewport exist. It tells its listeners of
//   look  what is looked at has moved; detail.top is the place in the plan
//   rest  nothing has moved for a while
import {Loader} from './loader.js';
import {Plan} from './plan.js';
import {Pool} from './pool.js';
import {Section} from './section.js';
import {layout} from './rows.js';
import {shapeOf} from './shape.js';
import * as anchors from './anchor.js';

const mostTiles = 220; // with eight nodes each, and headings, below 2,000
const ahead = 0.7; // viewports above and below in which tiles exist
const fetchAhead = 1.6; // viewports in which months are asked for
const flying = 5; // pixels a millisecond: too fast to see thumbnails
const rushing = 25; // too fast to ask for months
const rest = 140; // milliseconds without scrolling

export class Timeline extends EventTarget {
  active = -1; // position of the picture that the keyboard is at
  #root;
  #library;
  #sizer = document.createElement('div');
  #plan;
  #loader = new Loader();
  #pool = new Pool(this.#loader);
  #sections = new Map(); // by key of the month
  #layouts = new WeakMap(); // by array of pictures
  // Heights that change above the viewport are made up for by drawing at another
  // place; scrolling for it would stop a flick. It is settled at rest.
  #shift = 0;
  #frame = 0;
  #timer = 0;
  #touching = false;
  #speed = 0;
  #last = {y: 0, at: 0}; // of scrolling
  #moved = 0;
  #seen = null; // anchor, and the place at which it was taken
  #listening = new AbortController();
  #dress = () => {};

  constructor(root, library) {
    super();
    this.#root = root;
    this.#library = library;
    this.#sizer.className = 'timeline-pages';
    root.append(this.#sizer);
    this.#plan = new Plan(shapeOf(this.#width()));
    this.#listen();
    this.#replan();
  }

  get library() {
    return this.#library;
  }

  get plan() {
    return this.#plan;
  }

  get root() {
    return this.#root;
  }

  // dress is called when tiles have been drawn, to say what is selected.
  set dress(f) {
    this.#dress = f;
  }

  #width() {
    return Math.max(200, this.#sizer.clientWidth || this.#root.clientWidth);
  }

  #listen() {
    const {signal} = this.#listening;
    const soft = {passive: true, signal};
    addEventListener('scroll', () => this.#scrolled(), soft);
    addEventListener(
      'touchstart',
      () => {
        this.#touching = true;
      },
      soft,
    );
    for (const end of ['touchend', 'touchcancel'])
      addEventListener(
        end,
        () => {
          this.#touching = false;
          this.#soon();
        },
        soft,
      );
    const observer = new ResizeObserver(() => this.#resized());
    observer.observe(this.#root);
    addEventListener('resize', () => this.draw(), soft);
    signal.addEventListener('abort', () => observer.disconnect());
    this.#library.addEventListener('months', () => this.#replan(), {signal});
    this.#library.addEventListener('month', (e) => this.#filled(e.detail.index), {signal});
    this.#library.addEventListener('marks', () => this.draw(), {signal});
  }

  close() {
    this.#listening.abort();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    for (const s of this.#sections.values()) s.empty();
    this.#sizer.remove();
  }

  // draw brings the screen up to date with the next frame.
  draw() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#render());
  }

  #scrolled() {
    this.draw();
    this.#soon();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rested(), rest);
  }

  #rested() {
    this.#last.at = 0; // what comes next begins a new movement
    this.#settle();
    this.draw();
    if (this.#touching) return;
    this.dispatchEvent(new CustomEvent('rest'));
  }

  #resized() {
    const width = this.#width();
    if (width === this.#plan.shape.width) return;
    this.#held(() => {
      this.#layouts = new WeakMap();
      this.#plan.reshape(shapeOf(width));
      this.#plan.set(this.#library.months);
      this.#measure();
    });
    this.draw();
  }

  #replan() {
    this.#held(() => {
      this.#plan.set(this.#library.months);
      this.#measure();
    });
    this.draw();
  }

  #filled(index) {
    this.#held(() => this.#layOut(index));
    this.draw();
  }

  // top is the place in the plan at the top of the viewport.
  #top() {
    return this.#shift - this.#root.getBoundingClientRect().top;
  }

  // held changes the plan while what is looked at stays where it is. At the very
  // top nothing is held, so that new pictures are seen to arrive.
  #held(change) {
    change();
    if (this.#seen) {
      const now = anchors.find(this.#seen.anchor, this.#library, this.#plan, (i) => this.#known(i));
      this.#shift += now - this.#seen.top;
    }
    this.#size();
    this.#see(this.#top());
  }

  // see remembers what is at the top, as it is drawn.
  #see(top) {
    const anchor = top > 4 ? anchors.take(this.#library, this.#plan, (i) => this.#known(i), top, top + innerHeight) : null;
    this.#seen = anchor && {anchor, top};
  }

  #size() {
    this.#sizer.style.height = `${Math.max(0, Math.round(this.#plan.height - this.#shift))}px`;
  }

  // settle scrolls by what is only drawn elsewhere.
  #settle() {
    if (!this.#shift || this.#touching) return;
    const by = Math.round(this.#shift);
    this.#shift = 0;
    this.#size();
    scrollBy({top: by, behavior: 'instant'});
    this.#last.y = scrollY;
  }

  // known is the layout of a month whose pictures are there, or null.
  #known(index) {
    const pictures = this.#library.months[index]?.pictures;
    return (pictures && this.#layouts.get(pictures)) ?? null;
  }

  // measure lays out the months in reach whose pictures are there.
  #measure() {
    const top = this.#top();
    const reach = innerHeight * fetchAhead;
    for (let i = this.#plan.at(top - reach); i < this.#library.months.length && this.#plan.top(i) < top + innerHeight + reach; i++) this.#layOut(i);
  }

  #layOut(i) {
    const month = this.#library.months[i];
    if (!month.pictures) return;
    let l = this.#layouts.get(month.pictures);
    if (!l) this.#layouts.set(month.pictures, (l = layout(month.pictures, this.#plan.shape)));
    this.#plan.know(i, month, l.height);
  }

  #render() {
    this.#frame = 0;
    if (!this.#library.months.length) return this.#clear();
    this.#pace();
    const seen = this.#top();
    if (seen !== this.#seen?.top) this.#see(seen);
    if (this.#unmeasured()) this.#held(() => this.#measure());
    if (!this.#touching && performance.now() - this.#moved > rest) this.#settle();
    const top = this.#top();
    this.#place(top);
    this.#load(top);
    this.dispatchEvent(new CustomEvent('look', {detail: {top}}));
  }

  #pace() {
    const now = performance.now();
    const dt = now - this.#last.at;
    if (scrollY !== this.#last.y) this.#moved = now;
    if (dt > 0) this.#speed = dt > 200 ? 0 : Math.abs(scrollY - this.#last.y) / dt;
    this.#last = {y: scrollY, at: now};
  }

  // near yields the months within so many viewports.
  *#near(top, viewports) {
    const reach = innerHeight * viewports;
    const {months} = this.#library;
    for (let i = this.#plan.at(top - reach); i < months.length && this.#plan.top(i) < top + innerHeight + reach; i++) yield i;
  }

  #unmeasured() {
    for (const i of this.#near(this.#top(), fetchAhead)) {
      const {pictures} = this.#library.months[i];
      if (pictures && !this.#layouts.has(pictures)) return true;
    }
    return false;
  }

  #place(top) {
    const keys = new Set();
    const reach = innerHeight * ahead;
    let room = mostTiles;
    let before = null;
    for (const i of this.#near(top, ahead)) {
      const month = this.#library.months[i];
      keys.add(month.key);
      let s = this.#sections.get(month.key);
      if (!s) this.#sections.set(month.key, (s = new Section(this.#pool)));
      const y = this.#plan.top(i);
      s.put(month, y - this.#shift, this.#plan.heightOf(i));
      const next = before ? before.nextSibling : this.#sizer.firstChild;
      if (s.el !== next) this.#sizer.insertBefore(s.el, next);
      before = s.el;
      const known = this.#known(i);
      if (known) room -= s.draw(known, top - reach - y, top + innerHeight + reach - y, room);
      else s.empty();
    }
    this.#keepFocus(keys);
    for (const [key, s] of this.#sections)
      if (!keys.has(key)) {
        s.empty();
        s.el.remove();
        this.#sections.delete(key);
      }
    this.#inView(top);
  }

  // keepFocus hands the focus to the list when the tile that has it goes, so
  // that the arrow keys go on from there.
  #keepFocus(keys) {
    const section = document.activeElement?.closest?.('.month');
    if (!section || section.parentNode !== this.#sizer) return;
    const tile = document.activeElement.closest('.tile')?.tile;
    for (const [key, s] of this.#sections) {
      if (s.el !== section) continue;
      if (!keys.has(key) || (tile && !tile.picture)) this.#root.focus({preventScroll: true});
    }
  }

  #inView(top) {
    let reachable = null;
    for (const tile of this.tiles()) {
      const y = this.#yOf(tile) - top;
      tile.near = y + tile.h > 0 && y < innerHeight;
      if (tile.position === this.active) reachable = tile;
    }
    if (!reachable) for (const tile of this.tiles()) if (tile.near && (!reachable || tile.position < reachable.position)) reachable = tile;
    for (const tile of this.tiles()) tile.reach(tile === reachable);
    this.#dress();
  }

  #yOf(tile) {
    return this.#plan.top(this.#library.locate(tile.position).index) + tile.y;
  }

  // tiles yields those on the screen and near it.
  *tiles() {
    for (const s of this.#sections.values()) yield* s.tiles.values();
  }

  *headings() {
    for (const s of this.#sections.values()) yield* s.headings();
  }

  #load(top) {
    if (this.#speed > flying) {
      this.#loader.rest((tile) => tile.near);
      this.#soon();
    } else this.#loader.want(this.#waiting(top));
    if (this.#speed < rushing) this.#ask(top);
  }

  #waiting(top) {
    const middle = top + innerHeight / 2;
    const list = [];
    for (const tile of this.tiles()) if (tile.state === 'waiting') list.push(tile);
    const far = (tile) => Math.abs(this.#yOf(tile) - middle) + (tile.near ? 0 : innerHeight);
    return list.sort((a, b) => far(a) - far(b));
  }

  #ask(top) {
    const middle = top + innerHeight / 2;
    const far = (i) => {
      const y = this.#plan.top(i);
      return y > middle ? y - middle : Math.max(0, middle - y - this.#plan.heightOf(i));
    };
    this.#library.want([...this.#near(top, fetchAhead)].sort((a, b) => far(a) - far(b)));
  }

  #clear() {
    for (const s of this.#sections.values()) {
      s.empty();
      s.el.remove();
    }
    this.#sections.clear();
    this.#size();
  }

  // jump goes to a place in the plan.
  jump(y) {
    this.#shift = 0;
    this.#size();
    scrollTo({top: Math.round(scrollY + this.#root.getBoundingClientRect().top + y), behavior: 'instant'});
    this.draw();
  }

  // here is what is looked at, for coming back to it.
  here() {
    const top = this.#top();
    return top > 4 ? anchors.take(this.#library, this.#plan, (i) => this.#known(i), top, top + innerHeight) : null;
  }

  // back goes where here was, once its month is there.
  async back(anchor) {
    const index = this.#plan.indexOf(anchor.key);
    if (index < 0) return;
    this.jump(this.#plan.top(index));
    await this.#library.load(index);
    this.#layOut(index);
    const y = anchors.find(anchor, this.#library, this.#plan, (i) => this.#known(i));
    if (!Number.isNaN(y)) this.jump(y);
  }

  // reveal brings a picture into view and draws it. It returns its tile, or null
  // if it is no more.
  async reveal(position) {
    const {index, at} = this.#library.locate(position);
    const pictures = await this.#library.load(index);
    if (!pictures[at]) return null;
    this.#held(() => this.#layOut(index));
    const l = this.#known(index);
    const y = this.#plan.top(index) + l.y[at];
    const inset = this.inset();
    const top = this.#top();
    if (position === 0)
      this.jump(-scrollY); // with what is above the timeline
    else if (y < top + inset) this.jump(y - inset - (at < l.lines[0].last ? this.#plan.shape.month : this.#plan.shape.day));
    else if (y + l.h[at] > top + innerHeight - 16) this.jump(y + l.h[at] - innerHeight + 24 + this.#foot());
    cancelAnimationFrame(this.#frame);
    this.#render();
    for (const tile of this.tiles()) if (tile.picture.id === pictures[at].id) return tile;
    return null;
  }

  // inset is how much of the viewport the bars at its top cover.
  inset() {
    return parseFloat(getComputedStyle(this.#root).scrollMarginTop) || 0;
  }

  #foot() {
    return parseFloat(getComputedStyle(this.#root).scrollMarginBottom) || 0;
  }

  // beside returns the position of the picture one line up (-1) or down (1).
  async beside(position, direction) {
    const {index, at} = this.#library.locate(position);
    await this.#library.load(index);
    this.#held(() => this.#layOut(index));
    const l = this.#known(index);
    if (!l) return position;
    const line = l.lines.findIndex((row) => at >= row.first && at < row.last);
    const middle = l.x[at] + l.w[at] / 2;
    const next = l.lines[line + direction];
    if (next) return this.#library.months[index].first + nearest(l, next, middle);
    const other = index + direction;
    if (other < 0 || other >= this.#library.months.length) return position;
    await this.#library.load(other);
    this.#held(() => this.#layOut(other));
    const there = this.#known(other);
    if (!there) return position;
    const row = there.lines[direction > 0 ? 0 : there.lines.length - 1];
    return this.#library.months[other].first + nearest(there, row, middle);
  }
}

function nearest(l, row, middle) {
  let best = row.first;
  for (let i = row.first; i < row.last; i++) if (Math.abs(l.x[i] + l.w[i] / 2 - middle) < Math.abs(l.x[best] + l.w[best] / 2 - middle)) best = i;
  return best;
}
