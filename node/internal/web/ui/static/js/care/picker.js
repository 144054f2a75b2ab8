// The choice of a folder on the disk of the device that shows this page.
import {h, icon, iconButton} from '../lib/dom.js';
import {t} from '../lib/i18n.js';
import {get, post} from '../lib/http.js';
import {dialog} from '../lib/dialog.js';
import {toast} from '../lib/toast.js';

export function addFolder() {
  let here = null;
  const list = h('ul', {class: 'picker-list'});
  const path = h('span', {class: 'picker-path path'});
  const up = iconButton('up', t('picker.up'), {onclick: () => go(here.parent, true)});
  const say = h('p', {class: 'field-error', role: 'alert'});
  const typed = h('input', {class: 'input', id: 'picker-path', autocomplete: 'off', autocapitalize: 'none', spellcheck: false});
  const form = h('form', {class: 'field'}, h('label', {for: 'picker-path'}, t('picker.path')),
    h('div', {class: 'row'}, h('div', {class: 'picker-path'}, typed), h('button', {class: 'button', type: 'submit'}, t('picker.go'))));
  form.onsubmit = (event) => {
    event.preventDefault();
    if (typed.value.trim()) go(typed.value.trim());
  };
  const choose = h('button', {class: 'button button-main', type: 'button', disabled: true, onclick: add}, icon('check'), t('picker.choose'));
  const d = dialog({
    title: t('picker.title'),
    body: [h('p', {class: 'muted'}, t('picker.text')), h('div', {}, h('div', {class: 'picker-here'}, up, path), list), say, form],
    foot: [h('button', {class: 'button button-quiet', type: 'button', onclick: () => d.close()}, t('action.cancel')), choose],
  });
  go('');

  async function go(to, focus = false) {
    say.textContent = '';
    try {
      here = await get(`directories?path=${encodeURIComponent(to)}`);
    } catch (error) {
      say.textContent = [error.message, error.hint].filter(Boolean).join('. ');
      return;
    }
    path.textContent = here.path;
    typed.value = '';
    up.disabled = here.parent === null;
    choose.disabled = here.parent === null;
    list.setAttribute('aria-label', t('picker.here', {name: here.name}));
    list.replaceChildren(...here.entries.map((entry) => h('li', {}, h('button', {class: 'picker-item', type: 'button', onclick: () => go(entry.path, true)}, icon('folder'), entry.name))));
    if (!here.entries.length) list.append(h('li', {class: 'picker-item muted'}, t('picker.empty')));
    list.scrollTop = 0;
    if (focus) (list.querySelector('button') || up).focus();
  }

  async function add() {
    choose.disabled = true;
    say.textContent = '';
    try {
      await post('folders/add', {path: here.path});
      toast(t('folder.added', {name: here.name}));
      d.close();
    } catch (error) {
      say.textContent = [error.message, error.hint].filter(Boolean).join('. ');
      choose.disabled = false;
    }
  }
}
