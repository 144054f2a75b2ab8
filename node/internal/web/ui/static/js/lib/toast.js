// Short messages at the foot of the page.
import {h, iconButton} from './dom.js';
import {t} from './i18n.js';

/**
 * Says what has happened: toast(text, {undo, action: {text, run}, tone: 'bad', seconds}).
 * undo is a function; the message stays longer while there is something to press, and
 * while it is pointed at or focused. Returns what takes it away.
 */
export function toast(text, {undo, action, tone, seconds} = {}) {
  const act = undo ? {text: t('action.undo'), run: undo} : action;
  const box = h('div', {class: 'toast', data: tone ? {tone} : {}}, h('span', {class: 'toast-text'}, text));
  let timer = 0;
  const away = () => {
    clearTimeout(timer);
    box.remove();
    const home = place();
    if (!home.childElementCount && home.matches(':popover-open')) home.hidePopover();
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(away, (seconds ?? (act || tone === 'bad' ? 9 : 5)) * 1000);
  };
  if (act) {
    box.append(h('button', {class: 'button', type: 'button', onclick: () => { away(); act.run(); }}, act.text));
  }
  box.append(iconButton('close', t('action.close'), {onclick: away}));
  for (const type of ['pointerenter', 'focusin']) box.addEventListener(type, () => clearTimeout(timer));
  for (const type of ['pointerleave', 'focusout']) box.addEventListener(type, wait);
  const home = place();
  if (home.childElementCount >= 3) home.firstElementChild.remove();
  home.append(box);
  lift(home);
  wait();
  return away;
}

/** Says what went wrong, with the hint if there is one. */
export function complain(error) {
  if (error.name === 'AbortError') return;
  toast(error.hint ? `${error.message}. ${error.hint}`.replace('..', '.') : error.message, {tone: 'bad'});
}

function place() {
  let home = document.querySelector('.toasts');
  if (!home) {
    home = h('div', {class: 'toasts', role: 'status', 'aria-live': 'polite', popover: 'manual'});
    document.body.append(home);
  }
  return home;
}

// In the top layer, above any dialog.
function lift(home) {
  if (!home.showPopover) return;
  if (home.matches(':popover-open')) home.hidePopover();
  home.showPopover();
}
