// Dialogs, on the browser's own <dialog>: focus stays inside, Escape closes, and
// focus goes back to where it was.
import {h, iconButton} from './dom.js';
import {t} from './i18n.js';

let count = 0;

/**
 * Opens a dialog: {title, body: nodes, foot: nodes, class}. Returns {element,
 * close(value), closed: promise of the value, undefined if it was dismissed}.
 */
export function dialog({title, body = [], foot = [], class: classes = ''}) {
  const id = `dialog-${++count}`;
  const head = h('header', {class: 'dialog-head'}, h('h2', {id}, title), iconButton('close', t('action.close'), {onclick: () => close()}));
  const element = h('dialog', {class: `dialog ${classes}`.trim(), 'aria-labelledby': id}, head, h('div', {class: 'dialog-body'}, body));
  const tools = [foot].flat();
  if (tools.length) element.append(h('footer', {class: 'dialog-foot'}, tools));
  let value;
  const close = (v) => {
    value = v;
    element.close();
  };
  const closed = new Promise((resolve) => {
    element.addEventListener('close', () => {
      element.remove();
      resolve(value);
    }, {once: true});
  });
  let pressed = null;
  element.addEventListener('pointerdown', (event) => { pressed = event.target; });
  element.addEventListener('click', (event) => {
    if (event.target === element && pressed === element) close();
  });
  document.body.append(element);
  element.showModal();
  return {element, close, closed};
}

/** Asks: {title, text, yes, no, danger}. Resolves to true or false. */
export async function ask({title, text = '', yes = t('action.ok'), no = t('action.cancel'), danger = false}) {
  const answer = (value) => () => d.close(value);
  const d = dialog({
    title,
    body: [text].flat().filter(Boolean).map((p) => (typeof p === 'string' ? h('p', {}, p) : p)),
    foot: [
      h('button', {class: 'button button-quiet', type: 'button', onclick: answer(false), autofocus: danger}, no),
      h('button', {class: `button ${danger ? 'button-danger' : 'button-main'}`, type: 'button', onclick: answer(true), autofocus: !danger}, yes),
    ],
  });
  return Boolean(await d.closed);
}

/**
 * Asks for a line of text: {title, label, value, hint, yes, check(text)}; check
 * returns what is wrong or ''. Resolves to the text, or undefined.
 */
export async function askText({title, label, value = '', hint = '', yes = t('action.ok'), type = 'text', check = () => ''}) {
  const id = `text-${++count}`;
  const input = h('input', {class: 'input', id, type, value, autofocus: true, autocomplete: 'off', 'aria-describedby': `${id}-say`});
  const say = h('p', {class: 'field-hint', id: `${id}-say`}, hint);
  const form = h('form', {class: 'field', id: `${id}-form`}, h('label', {for: id}, label), input, say);
  form.onsubmit = (event) => {
    event.preventDefault();
    const wrong = check(input.value.trim());
    if (!wrong) {
      d.close(input.value.trim());
      return;
    }
    input.setAttribute('aria-invalid', 'true');
    say.className = 'field-error';
    say.textContent = wrong;
    input.focus();
  };
  const submit = h('button', {class: 'button button-main', type: 'submit'}, yes);
  submit.setAttribute('form', form.id);
  const d = dialog({title, body: form, foot: [h('button', {class: 'button button-quiet', type: 'button', onclick: () => d.close()}, t('action.cancel')), submit]});
  input.select();
  return d.closed;
}
