// The files that are to be sent, and what became of each. What was not finished is
// remembered in this browser: the same files, chosen again, go on where they were.
import {Upload} from './tus.js';

const lanes = 3;         // files that are sent at the same time
const memory = 'homeroll-uploads';
const remembered = 2000; // uploads
const soonest = 1000, latest = 60000; // milliseconds before another try

/**
 * Entries are {path, size, sent, state, say, hint}; states: waiting, sending, keeping,
 * backed-up, known, refused, failed (tried again).
 */
export class Queue extends EventTarget {
  entries = [];
  paused = false;
  #running = 0;
  #old = recall();
  #keys = new Set();
  #lock = null;

  /** What an earlier visit did not finish, and nobody has chosen again. */
  get left() { return Object.values(this.#old); }

  get busy() { return this.entries.some((e) => active(e) || e.state === 'waiting'); }

  add(files) {
    for (const {file, path} of files) {
      const key = `${path}|${file.size}|${file.lastModified}`;
      if (this.#keys.has(key)) continue;
      this.#keys.add(key);
      const entry = {key, path, size: file.size, sent: 0, state: 'waiting', say: '', hint: '', wait: soonest};
      entry.upload = new Upload(file, path, (bytes) => {
        entry.sent = bytes;
        if (entry.state === 'sending' && bytes >= entry.size) entry.state = 'keeping';
        if (entry.upload.url) this.#remember(entry);
        this.#changed();
      });
      entry.upload.url = this.#old[key]?.url ?? '';
      this.entries.push(entry);
    }
    this.#changed();
    this.#pump();
  }

  pause() {
    this.paused = true;
    for (const e of this.entries) if (active(e)) e.upload.stop();
    this.#changed();
  }

  resume() {
    this.paused = false;
    this.#changed();
    this.#pump();
  }

  /** Tries those again that failed. */
  retry() {
    for (const e of this.entries) if (e.state === 'failed') e.state = 'waiting';
    this.resume();
  }

  remove(entry) {
    entry.upload.stop();
    void entry.upload.forget();
    this.#forget(entry);
    this.#drop([entry]);
  }

  /** Takes those away that have ended. */
  clear() { this.#drop(this.entries.filter((e) => ended(e))); }

  /** Forgets what an earlier visit did not finish. */
  forgetLeft() {
    for (const {url} of this.left) fetch(url, {method: 'DELETE', headers: {'Tus-Resumable': '1.0.0', 'X-Homeroll': '1'}}).catch(() => {});
    this.#old = {};
    store(this.#old);
    this.#changed();
  }

  #drop(some) {
    const gone = new Set(some);
    this.entries = this.entries.filter((e) => !gone.has(e));
    for (const e of gone) this.#keys.delete(e.key);
    this.#changed();
  }

  #pump() {
    while (!this.paused && this.#running < lanes) {
      const next = this.entries.find((e) => e.state === 'waiting');
      if (!next) break;
      void this.#send(next);
    }
    void this.#stayAwake();
  }

  async #send(entry) {
    this.#running++;
    Object.assign(entry, {state: 'sending', say: '', hint: ''});
    this.#changed();
    try {
      this.#end(entry, await entry.upload.run());
    } catch (error) {
      if (error.name === 'AbortError') entry.state = 'waiting';
      else this.#fail(entry, error);
    }
    this.#running--;
    this.#changed();
    this.#pump();
  }

  #end(entry, doc) {
    if (doc.state === 'waiting' || doc.state === 'keeping') {
      this.#again(entry, doc.message ?? '', doc.hint ?? '');
      return;
    }
    Object.assign(entry, {state: doc.state, say: doc.message ?? '', hint: doc.hint ?? '', item: doc.item, restored: doc.restored, sent: entry.size});
    this.#forget(entry);
    void entry.upload.forget();
  }

  #fail(entry, error) {
    const final = [400, 413, 415, 422].includes(error.status);
    if (final) {
      Object.assign(entry, {state: 'refused', say: error.message, hint: error.hint});
      this.#forget(entry);
      return;
    }
    this.#again(entry, error.message, error.hint);
  }

  // #again tries later, with growing pauses.
  #again(entry, say, hint) {
    Object.assign(entry, {state: 'failed', say, hint});
    setTimeout(() => {
      if (entry.state !== 'failed') return;
      entry.state = 'waiting';
      this.#pump();
    }, entry.wait * (0.75 + Math.random() / 2));
    entry.wait = Math.min(2 * entry.wait, latest);
  }

  #changed() { this.dispatchEvent(new Event('change')); }

  #remember(entry) {
    if (this.#old[entry.key]?.url === entry.upload.url || Object.keys(this.#old).length >= remembered) return;
    this.#old[entry.key] = {path: entry.path, url: entry.upload.url};
    store(this.#old);
  }

  #forget(entry) {
    if (!this.#old[entry.key]) return;
    delete this.#old[entry.key];
    store(this.#old);
  }

  // #stayAwake keeps the screen of a phone on while something is sent: a browser
  // stops what it does in the background.
  async #stayAwake() {
    const wanted = this.#running > 0 && !document.hidden;
    if (!wanted) {
      void this.#lock?.release().catch(() => {});
      this.#lock = null;
    } else if (!this.#lock) {
      this.#lock = await navigator.wakeLock?.request('screen').catch(() => null);
    }
  }
}

export const active = (e) => e.state === 'sending' || e.state === 'keeping';
export const ended = (e) => ['backed-up', 'known', 'refused'].includes(e.state);

function recall() {
  try {
    return JSON.parse(localStorage.getItem(memory)) ?? {};
  } catch {
    return {};
  }
}

function store(all) {
  try {
    localStorage.setItem(memory, JSON.stringify(all));
  } catch {
    // A browser without memory begins anew after a reload.
  }
}
