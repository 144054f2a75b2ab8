// Shows what is sent, how far it is, and what became of each file.
import {$, h, icon, iconButton} from '../lib/dom.js';
import {bytes, duration, t} from '../lib/i18n.js';
import {ended} from './queue.js';

const shown = 120; // entries of the list; the rest is counted
const urgency = {failed: 0, refused: 1, sending: 2, keeping: 2, waiting: 3, known: 4, 'backed-up': 5};
const icons = {waiting: 'clock', sending: 'upload', keeping: 'disk', 'backed-up': 'check', known: 'copies', refused: 'error', failed: 'refresh'};
const tones = {refused: 'bad', failed: 'wait'};

export function show(queue) {
  const rows = new Map();
  const pace = new Pace();
  let frame = 0;
  const draw = () => {
    frame = 0;
    head(queue, pace);
    list(queue, rows);
  };
  queue.addEventListener('change', () => { frame ||= requestAnimationFrame(draw); });
  $('#pause').addEventListener('click', () => (queue.paused ? queue.resume() : queue.pause()));
  $('#clear').addEventListener('click', () => queue.clear());
  left(queue);
}

function left(queue) {
  const box = $('#left');
  const {left: some} = queue;
  box.hidden = !some.length;
  if (!some.length) return;
  const forget = h('button', {class: 'button button-quiet', type: 'button', onclick: () => { queue.forgetLeft(); box.hidden = true; }}, t('upload.left.forget'));
  box.replaceChildren(icon('history'), h('div', {class: 'note-text'}, h('strong', {}, t('upload.left', {n: some.length})), h('span', {}, t('upload.left.text')),
    h('span', {class: 'small muted'}, some.slice(0, 5).map((e) => e.path).join(', ') + (some.length > 5 ? ' …' : '')), h('div', {}, forget)));
  queue.addEventListener('change', () => { if (!queue.left.length || queue.entries.length) box.hidden = true; });
}

function head(queue, pace) {
  const all = queue.entries;
  $('#work').hidden = !all.length;
  if (!all.length) return;
  const total = all.reduce((sum, e) => sum + e.size, 0);
  const sent = all.reduce((sum, e) => sum + Math.min(e.sent, e.size), 0);
  const open = all.filter((e) => !ended(e)).length;
  const count = (state) => all.filter((e) => e.state === state).length;
  $('#work-title').textContent = open ? t(queue.paused ? 'upload.paused' : 'upload.running', {n: open}) : t('upload.ended', {n: all.length});
  const bar = $('#total');
  bar.max = total || 1;
  bar.value = open ? sent : total || 1;
  const parts = [];
  const rest = pace.rest(sent, total, open && !queue.paused);
  if (open) parts.push(t('upload.sent', {sent: bytes(sent), total: bytes(total)}));
  if (rest) parts.push(t('upload.rest', {time: duration(rest)}));
  for (const state of ['backed-up', 'known', 'refused']) if (count(state)) parts.push(t(`upload.n.${state}`, {n: count(state)}));
  $('#about').textContent = parts.join(' · ');
  const pause = $('#pause');
  pause.hidden = !open;
  pause.replaceChildren(icon(queue.paused ? 'play' : 'pause'), t(queue.paused ? 'upload.resume' : 'upload.pause'));
  $('#clear').hidden = !all.some(ended);
}

function list(queue, rows) {
  const order = queue.entries.map((e, i) => ({e, i})).sort((a, b) => urgency[a.e.state] - urgency[b.e.state] || a.i - b.i).map(({e}) => e);
  const some = order.slice(0, shown);
  const place = $('#uploads');
  const keep = new Set(some);
  for (const [e, row] of rows) {
    if (keep.has(e)) continue;
    row.element.remove();
    rows.delete(e);
  }
  let at = place.firstChild;
  for (const e of some) {
    let row = rows.get(e);
    if (!row) rows.set(e, row = new Row(queue, e));
    row.draw();
    if (row.element === at) at = at.nextSibling;
    else place.insertBefore(row.element, at);
  }
  const others = $('#others');
  others.hidden = order.length <= shown;
  others.textContent = t('upload.others', {n: order.length - some.length});
}

class Row {
  #state = '';

  constructor(queue, entry) {
    this.entry = entry;
    this.icon = h('span', {class: 'item-icon'});
    this.say = h('div', {class: 'upload-say nums'});
    this.bar = h('progress', {max: entry.size || 1, value: 0, hidden: true, 'aria-label': entry.path});
    const name = h('div', {class: 'upload-name'}, entry.path);
    this.away = iconButton('close', t('upload.cancel', {name: entry.path}), {onclick: () => queue.remove(entry)});
    this.open = h('a', {class: 'icon-button', hidden: true, title: t('upload.show'), 'aria-label': t('upload.show')}, icon('eye'));
    this.element = h('li', {class: 'item upload'}, this.icon, h('div', {class: 'item-text'}, name, this.say, this.bar), h('div', {class: 'item-tools'}, this.open, this.away));
  }

  draw() {
    const {entry} = this;
    this.bar.hidden = entry.state !== 'sending';
    this.bar.value = entry.sent;
    this.say.textContent = words(entry);
    if (entry.state === this.#state) return;
    this.#state = entry.state;
    this.element.dataset.state = entry.state;
    this.icon.replaceChildren(icon(icons[entry.state]));
    if (tones[entry.state]) this.say.dataset.tone = tones[entry.state];
    else delete this.say.dataset.tone;
    this.away.hidden = ended(entry);
    this.open.hidden = !entry.item;
    if (entry.item) this.open.href = `/photo/${entry.item}`;
  }
}

function words(e) {
  switch (e.state) {
    case 'sending': return t('upload.sent', {sent: bytes(e.sent), total: bytes(e.size)});
    case 'refused': return t('upload.refused', {why: [e.say, e.hint].filter(Boolean).join(' – ')});
    case 'failed': return t('upload.failed', {why: e.say});
    case 'backed-up':
    case 'known': return t(e.restored ? 'upload.restored' : `upload.${e.state}`);
    default: return t(`upload.${e.state}`, {size: bytes(e.size)});
  }
}

// Pace tells how long the rest takes, from the last seconds.
class Pace {
  #marks = [];

  rest(sent, total, running) {
    if (!running) {
      this.#marks = [];
      return 0;
    }
    const now = performance.now();
    this.#marks.push([now, sent]);
    while (this.#marks.length > 2 && now - this.#marks[0][0] > 15000) this.#marks.shift();
    const [then, before] = this.#marks[0];
    if (now - then < 2000 || sent <= before) return 0;
    return (total - sent) / ((sent - before) / (now - then)) / 1000;
  }
}
