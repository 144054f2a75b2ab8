// What the node tells without being asked (GET /api/v1/events). One connection
// serves the whole page; it rests while nobody looks, so that tabs in the
// background cost nothing, and comes back with growing pauses after it broke.

import {get} from './http.js';

const listeners = new Map(); // by type, sets of functions
const wanted = new Set();    // views that the node renders for this page
const soonest = 1000, latest = 30000; // milliseconds between attempts
let source = null, timer = 0, pause = soonest, up = true;

/**
 * Calls f(data) at each event of a type: "status" (the document of
 * /api/v1/status), "library" (pictures or marks changed), "view" ({name, html}),
 * "connection" ({up}). Returns what ends it.
 */
export function listen(type, f) {
  if (!listeners.has(type)) listeners.set(type, new Set());
  listeners.get(type).add(f);
  open();
  return () => listeners.get(type).delete(f);
}

/** Asks for a part of a page to be rendered at each change, as events "view". */
export function watch(view, f) {
  wanted.add(view);
  close();
  return listen('view', (data) => { if (data.name === view) f(data.html); });
}

/** Whether the node could be heard of late. */
export const connected = () => up;

function emit(type, data) {
  for (const f of listeners.get(type) || []) f(data);
}

function open() {
  if (source || document.hidden) return;
  clearTimeout(timer);
  const views = wanted.size ? `?view=${[...wanted].join(',')}` : '';
  const opened = new EventSource(`/api/v1/events${views}`);
  source = opened;
  opened.onopen = () => {
    pause = soonest;
    say(true);
  };
  for (const type of ['status', 'library', 'view']) {
    opened.addEventListener(type, (event) => emit(type, JSON.parse(event.data)));
  }
  opened.onerror = () => { // with our own pauses instead of the browser's
    if (source !== opened) return;
    if (opened.readyState === EventSource.CLOSED) void get('status').catch(() => {}); // refused: it leads to the sign-in if that is why
    close();
    say(false);
    timer = setTimeout(open, pause * (0.75 + Math.random() / 2));
    pause = Math.min(2 * pause, latest);
  };
}

function close() {
  source?.close();
  source = null;
}

function say(now) {
  if (up === now) return;
  up = now;
  emit('connection', {up});
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    clearTimeout(timer);
    close();
  } else {
    pause = soonest;
    open();
  }
});
addEventListener('online', () => { pause = soonest; open(); });
addEventListener('pagehide', close);
addEventListener('pageshow', (event) => { if (event.persisted) open(); });
