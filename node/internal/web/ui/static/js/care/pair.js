// Pairing: a code is shown, or entered and the joining confirmed.
import {h, icon, announce} from '../lib/dom.js';
import {t, duration} from '../lib/i18n.js';
import {lines, post} from '../lib/http.js';
import {dialog} from '../lib/dialog.js';

const p = (text, classes = '') => h('p', {class: classes}, text);
const button = (text, onclick, kind = 'button-quiet') => h('button', {class: `button ${kind}`, type: 'button', onclick}, text);

/** Asks which of the two devices shows the code, and goes on from there. */
export function pair() {
  const way = (name, title, text, run) => h('button', {class: 'choice', type: 'button', onclick: () => { d.close(); run(); }},
    icon(name, 'icon-l'), h('span', {class: 'choice-text'}, h('span', {class: 'strong'}, title), h('span', {class: 'muted small'}, text)), icon('right'));
  const d = dialog({
    title: t('pair.title'),
    body: [
      h('div', {class: 'choices'}, way('eye', t('pair.show'), t('pair.show-text'), invite), way('edit', t('pair.enter'), t('pair.enter-text'), () => join())),
      everyone(),
    ],
  });
}

const everyone = () => h('div', {class: 'note', data: {tone: 'wait'}}, icon('users'), h('p', {class: 'note-text'}, t('pair.everyone')));

// One pairing: a dialog that ends the request when it is closed.
function attempt(title) {
  const work = new AbortController();
  const body = h('div', {class: 'stack'});
  const d = dialog({title, body});
  const foot = h('footer', {class: 'dialog-foot'});
  d.element.append(foot);
  const timers = [];
  d.closed.then(() => {
    work.abort();
    timers.forEach(clearInterval);
  });
  const show = (nodes, tools = []) => {
    body.replaceChildren(...nodes.filter(Boolean));
    foot.replaceChildren(...tools);
    foot.hidden = !tools.length;
  };
  show([p(t('pair.searching'))]);
  return {...d, show, signal: work.signal, timers, note: (text) => body.append(p(text, 'muted small'))};
}

const unreachable = 5; // exit code of a device that was not found

function failed(a, error, again) {
  if (error.name === 'AbortError') return;
  if (error.code === unreachable) error = {message: t('pair.not-found'), hint: t('pair.not-found-hint')};
  a.show([h('div', {class: 'note', data: {tone: 'bad'}, role: 'alert'}, icon('error'), h('div', {class: 'note-text'}, p(error.message), error.hint && p(error.hint, 'muted small')))],
    [button(t('action.close'), () => a.close()), button(t('pair.again'), () => { a.close(); again(); }, 'button-main')]);
}

function paired(a, device) {
  const name = device?.name || '';
  a.show([h('div', {class: 'empty'}, icon('done', 'icon-xl'), h('p', {class: 'strong'}, t('pair.done', {name})), p(t('pair.done-text')))],
    [button(t('action.ok'), () => a.close(), 'button-main')]);
  announce(t('pair.done', {name}));
}

/** Opens a window and shows its code. */
export async function invite() {
  const a = attempt(t('pair.title'));
  try {
    await lines('pair/invite', {}, (event) => {
      if (event.type === 'code') showCode(a, event);
      else if (event.type === 'attempt') a.note(t('pair.attempt', {from: event.from, message: event.message}));
      else if (event.type === 'paired') paired(a, event.device);
    }, {signal: a.signal});
  } catch (error) {
    failed(a, error, invite);
  }
}

function showCode(a, event) {
  const left = p('', 'muted centre nums');
  const until = new Date(event.expires).getTime();
  const tick = () => { left.textContent = t('pair.left', {time: duration(Math.max(0, Math.round((until - Date.now()) / 1000)))}); };
  tick();
  a.timers.push(setInterval(tick, 1000));
  a.show([p(t('pair.code'), 'strong centre'), h('p', {class: 'code'}, event.code), left, p(t('pair.code-how'), 'muted small centre'), everyone(),
    h('p', {class: 'row muted', role: 'status'}, icon('loader', 'icon-s spin'), t('pair.waiting'))],
  [button(t('action.cancel'), () => a.close())]);
}

/** Asks for the code that the other device shows, and joins its home. */
export function join(code = '', at = '') {
  const codeBox = h('input', {class: 'input code-input', id: 'pair-code', value: code, autocomplete: 'off', autocapitalize: 'characters', spellcheck: false, placeholder: 'K7-4MP-X2R', required: true, maxLength: 24, autofocus: true, 'aria-describedby': 'pair-say'});
  const atBox = h('input', {class: 'input', id: 'pair-at', value: at, autocomplete: 'off', autocapitalize: 'none', spellcheck: false, maxLength: 253, 'aria-describedby': 'pair-at-say'});
  const say = h('p', {class: 'field-hint', id: 'pair-say'}, t('pair.code-hint'));
  const form = h('form', {class: 'stack', id: 'pair-form', noValidate: true},
    h('div', {class: 'field'}, h('label', {for: 'pair-code'}, t('pair.code-label')), codeBox, say),
    h('div', {class: 'field'}, h('label', {for: 'pair-at'}, t('pair.at-label')), atBox, h('p', {class: 'field-hint', id: 'pair-at-say'}, t('pair.at-hint'))));
  const submit = h('button', {class: 'button button-main', type: 'submit'}, t('pair.join'));
  submit.setAttribute('form', 'pair-form');
  const d = dialog({title: t('pair.enter'), body: form, foot: [button(t('action.cancel'), () => d.close()), submit]});
  form.onsubmit = (event) => {
    event.preventDefault();
    if (codeBox.value.replace(/[\s-]/g, '').length !== 8) {
      codeBox.setAttribute('aria-invalid', 'true');
      say.className = 'field-error';
      say.textContent = t('pair.code-short');
      codeBox.focus();
      return;
    }
    d.close();
    joining(codeBox.value, atBox.value.trim());
  };
}

async function joining(code, at) {
  const a = attempt(t('pair.enter'));
  try {
    await lines('pair/join', at ? {code, at} : {code}, (event) => {
      if (event.type === 'confirm') confirm(a, event);
      else if (event.type === 'progress') a.show([h('p', {class: 'row', role: 'status'}, icon('loader', 'icon-s spin'), event.message || t('pair.searching'))], [button(t('action.cancel'), () => a.close())]);
      else if (event.type === 'paired') paired(a, event.device);
    }, {signal: a.signal});
  } catch (error) {
    failed(a, error, () => join(code, at));
  }
}

// What joining means is said before anything is confirmed to the other side.
function confirm(a, event) {
  const answer = (yes) => post('pair/answer', {session: event.session, yes}).catch((error) => failed(a, error, join));
  const yes = button(t('pair.confirm-yes'), () => { a.show([p(t('pair.searching'))]); answer(true); }, 'button-main');
  a.show([h('h3', {}, t('pair.confirm-title')), event.from && p(t('pair.confirm-from', {name: event.from})),
    event.members?.length && p(t('pair.confirm-members', {names: event.members.join(', ')})), everyone()],
  [button(t('action.cancel'), () => { answer(false); a.close(); }), yes]);
  yes.focus();
}
