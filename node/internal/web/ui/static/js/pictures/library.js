// The pictures that a filter lets through, by month. All months are known, the
// pictures only of those that were looked at last.
import * as api from './api.js';

const keep = 24000; // pictures in memory, but those that are wanted stay
const parallel = 3; // months asked for at a time

// alike reports whether two lists of pictures look the same.
function alike(a, b) {
  if (a.length !== b.length) return false;
  return a.every((p, i) => {
    const q = b[i];
    return (
      p.id === q.id && p.t === q.t && p.w === q.w && p.h === q.h && p.th === q.th && p.n === q.n && p.kind === q.kind && !p.fav === !q.fav && p.held === q.held
    );
  });
}

// Library tells its listeners of
//   months   the list of months has changed
//   month    detail.index has its pictures
//   marks    detail.ids look different
//   failed   detail.error, detail.key: "" = the list of months
export class Library extends EventTarget {
  months = []; // {key, year, month, n, ratio, first, pictures, stale, used}
  total = 0;
  #filter;
  #wanted = [];
  #loading = new Map(); // AbortController by key
  #clock = 0;
  #closed = false;
  #held = false;
  #missed = false;
  #index = new Map(); // month by key

  constructor(filter = '') {
    super();
    this.#filter = filter;
  }

  get filter() {
    return this.#filter;
  }

  // open reads the list of months.
  async open() {
    this.#adopt(await api.months(this.#filter));
  }

  close() {
    this.#closed = true;
    for (const c of this.#loading.values()) c.abort();
  }

  // hold keeps the library as it is until it is let go: while a person goes from
  // one picture to the next.
  hold(on) {
    this.#held = on;
    if (!on && this.#missed) void this.revalidate();
  }

  // revalidate looks whether anything has changed, and asks again for the
  // months that are wanted.
  async revalidate() {
    this.#missed = this.#held;
    if (this.#held) return;
    let list;
    try {
      list = await api.months(this.#filter);
    } catch (error) {
      this.#tell('failed', {error, key: ''});
      return;
    }
    if (this.#closed) return;
    for (const m of this.months) if (m.pictures) m.stale = true;
    this.#adopt(list);
    this.#pump();
  }

  // adopt takes a new list of months. One whose pictures are known keeps its
  // count until the new ones are there, so that positions stay true.
  #adopt(list) {
    const known = this.#index;
    this.#index = new Map();
    this.months = list.map((m) => {
      const key = m.year ? `${m.year}-${String(m.month).padStart(2, '0')}` : 'unknown';
      const old = known.get(key);
      const next = old?.pictures ? old : {key, year: m.year, month: m.month, n: m.pictures, ratio: m.ratio, pictures: null, stale: false, used: 0};
      this.#index.set(key, next);
      return next;
    });
    this.#count();
    this.#tell('months', {});
  }

  #count() {
    let first = 0;
    for (const m of this.months) {
      m.first = first;
      first += m.n;
    }
    this.total = first;
  }

  // want says which months are looked at, the most urgent first. What is being
  // asked for and is wanted no more is given up.
  want(indices) {
    this.#wanted = indices.map((i) => this.months[i]).filter(Boolean);
    const keys = new Set(this.#wanted.map((m) => m.key));
    for (const [key, c] of this.#loading) if (!keys.has(key)) c.abort();
    this.#clock++;
    for (const m of this.#wanted) m.used = this.#clock;
    this.#pump();
  }

  #pump() {
    for (const m of this.#wanted) {
      if (this.#loading.size >= parallel) return;
      if ((!m.pictures || m.stale) && !this.#loading.has(m.key)) void this.#fetch(m);
    }
  }

  async #fetch(m) {
    const c = new AbortController();
    this.#loading.set(m.key, c);
    m.stale = false;
    try {
      const answer = await api.pictures(m.key, this.#filter, {signal: c.signal});
      if (!this.#closed) this.#fill(m, answer);
    } catch (error) {
      if (m.pictures) m.stale = true;
      if (!c.signal.aborted && !this.#closed) {
        this.#give(m);
        this.#tell('failed', {error, key: m.key});
      }
    } finally {
      this.#loading.delete(m.key);
      if (!this.#closed) this.#pump();
    }
  }

  // give takes a month off the wishes, lest one that fails is asked for without end.
  #give(m) {
    this.#wanted = this.#wanted.filter((w) => w !== m);
  }

  #fill(m, pictures) {
    m.used = this.#clock;
    if (m.pictures && alike(m.pictures, pictures)) return;
    m.pictures = pictures;
    const counted = m.n === m.pictures.length;
    m.n = m.pictures.length;
    if (!counted) this.#count();
    if (!m.n) {
      this.#drop();
      return;
    }
    const index = this.months.indexOf(m);
    if (index < 0) return;
    if (!counted) this.#tell('months', {});
    this.#tell('month', {index});
    this.#forget();
  }

  // forget drops the pictures that were looked at longest ago.
  #forget() {
    let held = 0;
    for (const m of this.months) if (m.pictures) held += m.n;
    if (held <= keep) return;
    const wanted = new Set(this.#wanted);
    const old = this.months.filter((m) => m.pictures && !wanted.has(m)).sort((a, b) => a.used - b.used);
    for (const m of old) {
      if (held <= keep) return;
      held -= m.n;
      m.pictures = null;
    }
  }

  // load returns the pictures of a month, however long it takes.
  async load(index, signal) {
    const m = this.months[index];
    if (!m) return [];
    if (!m.pictures) {
      const pictures = await api.pictures(m.key, this.#filter, {signal});
      if (!m.pictures) this.#fill(m, pictures);
    }
    return m.pictures ?? [];
  }

  // locate finds the month of a picture by its place in the whole.
  locate(position) {
    let low = 0;
    let high = this.months.length - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (this.months[mid].first <= position) low = mid;
      else high = mid - 1;
    }
    return {index: low, at: position - (this.months[low]?.first ?? 0)};
  }

  // at returns a picture by its place in the whole; null: not in memory.
  at(position) {
    const {index, at} = this.locate(position);
    return this.months[index]?.pictures?.[at] ?? null;
  }

  indexOf(key) {
    return this.months.findIndex((m) => m.key === key);
  }

  // placeOf finds a picture that is in memory; -1: it is not.
  placeOf(id) {
    for (const m of this.months) {
      const at = m.pictures ? m.pictures.findIndex((p) => p.id === id) : -1;
      if (at >= 0) return m.first + at;
    }
    return -1;
  }

  // take removes pictures at once, before the node has said so.
  take(ids) {
    const gone = new Set(ids);
    for (const m of this.months) {
      if (!m.pictures?.some((p) => gone.has(p.id))) continue;
      m.pictures = m.pictures.filter((p) => !gone.has(p.id));
      m.n = m.pictures.length;
    }
    this.#drop();
  }

  // drop takes months away that have no pictures any more.
  #drop() {
    this.months = this.months.filter((m) => m.n > 0);
    this.#index = new Map(this.months.map((m) => [m.key, m]));
    this.#count();
    this.#tell('months', {});
  }

  // mark changes what is known of pictures at once: {fav: true}.
  mark(ids, said) {
    const some = new Set(ids);
    for (const m of this.months) for (const p of m.pictures ?? []) if (some.has(p.id)) Object.assign(p, said);
    this.#tell('marks', {ids});
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
}
