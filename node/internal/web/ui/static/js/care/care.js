// What the buttons of the status do, wherever they are; and the status kept as it
// is now. Elements with data-act say what they are for.
import {$, $$, h, icon, on, morph, announce} from '../lib/dom.js';
import {t, ago} from '../lib/i18n.js';
import {get, post} from '../lib/http.js';
import {watch, listen} from '../lib/events.js';
import {toast, complain} from '../lib/toast.js';
import {ask, askText} from '../lib/dialog.js';
import {menu} from '../lib/menu.js';
import {pair} from './pair.js';
import {addFolder} from './picker.js';
import {verify} from './verify.js';

/** Keeps the element "#NAME" as the node would render it now: "status-card", "status-page". */
export function follow(name) {
  let state = $(`#${name} .state-title`)?.textContent;
  let said = 0;
  watch(name, (html) => {
    const box = $(`#${name}`);
    if (!box) return;
    morph(box, html);
    refreshTimes();
    const title = $(`#${name} .state-title`).textContent;
    const kind = title.replace(/[\d.,\s]+/g, '');
    // Said aloud when the state is another one, not at each photo.
    if (kind !== state?.replace(/[\d.,\s]+/g, '') && Date.now() - said > 5000) {
      announce(title);
      said = Date.now();
    }
    state = title;
  });
  listen('connection', ({up}) => {
    for (const card of $$('.state-card')) card.toggleAttribute('data-offline', !up);
    announce(up ? t('connection.back') : t('connection.lost'));
    if (!up) lost ||= toast(t('connection.lost'), {seconds: 86400});
    else if (lost) {
      lost();
      lost = null;
    }
  });
  setInterval(refreshTimes, 30000);
}

let lost = null;

function refreshTimes() {
  for (const element of $$('[data-ago]')) element.textContent = t(element.dataset.say, {time: ago(element.dataset.ago)});
}

// Does something and says that it is done, or why not.
async function attempt(work, done) {
  try {
    const answer = await work();
    if (done) toast(typeof done === 'function' ? done(answer) : done);
  } catch (error) {
    complain(error);
  }
}

const pause = (seconds) => attempt(() => post('pause', {seconds}), t('pause.done'));

const acts = {
  pair,
  verify,
  'add-folder': addFolder,
  resume: () => attempt(() => post('resume'), t('resume.done')),
  pause: (button) => menu(button, [
    {text: t('pause.hour'), icon: 'clock', run: () => pause(3600)},
    {text: t('pause.hours'), icon: 'moon', run: () => pause(8 * 3600)},
    {text: t('pause.open'), icon: 'pause', run: () => pause(0)},
  ]),
  'retry-all': () => attempt(() => post('problems/retry', {}), t('retry.done')),
  retry: ({dataset}) => attempt(() => post('problems/retry', dataset.raw ? {pathsBase64: [dataset.raw]} : {paths: [dataset.path]}), t('retry.done')),
  device: (button) => {
    const {id, name, self} = button.dataset;
    menu(button, [
      {text: t('device.rename'), icon: 'edit', run: () => rename(id, name)},
      ...(self ? [] : [{text: t('device.remove'), icon: 'trash', danger: true, run: () => remove(id, name)}]),
    ]);
  },
  folder: (button) => {
    const {path, name} = button.dataset;
    menu(button, [{text: t('folder.remove'), icon: 'trash', danger: true, run: () => removeFolder(path, name)}]);
  },
  confirm: async ({dataset}) => {
    const files = Number(dataset.lost);
    if (!await ask({title: t('confirm.title', {n: files}), text: [t('confirm.text'), h('p', {class: 'path'}, dataset.path)], yes: t('confirm.yes'), danger: true})) return;
    attempt(() => post('folders/confirm', {path: dataset.path, files}), (doc) => t('confirm.done', {n: doc.withdrawn}));
  },
};

async function rename(id, name) {
  const check = (text) => (text && [...text].length <= 64 ? '' : t('device.name-short'));
  const next = await askText({title: t('device.rename-title', {name}), label: t('device.rename-label'), value: name, hint: t('device.rename-hint'), yes: t('device.rename'), check});
  if (next && next !== name) attempt(() => post(`devices/${encodeURIComponent(id)}/rename`, {name: next}), t('device.renamed', {name: next}));
}

async function remove(id, name) {
  if (await ask({title: t('device.remove-title', {name}), text: t('device.remove-text'), yes: t('device.remove-yes'), danger: true})) {
    attempt(() => post(`devices/${encodeURIComponent(id)}/remove`), t('device.removed', {name}));
  }
}

async function removeFolder(path, name) {
  if (await ask({title: t('folder.remove-title', {name}), text: [t('folder.remove-text'), h('p', {class: 'path'}, path)], yes: t('folder.remove-yes'), danger: true})) {
    attempt(() => post('folders/remove', {path}), t('folder.removed', {name}));
  }
}

on(document, 'click', '[data-act]', (event, button) => {
  const act = acts[button.dataset.act];
  if (!act) return;
  event.preventDefault();
  act(button);
});

// Notes are listed when somebody wants to see them.
document.addEventListener('toggle', async (event) => {
  if (!event.target.matches?.('[data-notes][open]')) return;
  const list = $('#notes-list');
  try {
    const doc = await get('problems');
    const notes = doc.problems.filter((p) => p.note).slice(0, 200);
    list.replaceChildren(h('p', {class: 'muted'}, t('notes.text')), h('ul', {class: 'list'}, notes.map((note) => h('li', {class: 'item'},
      icon('picture-off', 'icon-s'), h('div', {class: 'item-text'}, h('p', {class: 'path'}, note.path || note.hash), h('p', {class: 'small muted'}, note.detail))))));
  } catch (error) {
    complain(error);
  }
}, true);
