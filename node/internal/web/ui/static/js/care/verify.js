// Reading all that this device holds again, with what is found.
import {h, icon} from '../lib/dom.js';
import {t} from '../lib/i18n.js';
import {lines} from '../lib/http.js';
import {dialog} from '../lib/dialog.js';

export function verify() {
  const work = new AbortController();
  const body = h('div', {class: 'stack'}, h('p', {}, t('verify.text')));
  const start = h('button', {class: 'button button-main', type: 'button', onclick: run}, icon('verify'), t('verify.start'));
  const stop = h('button', {class: 'button button-quiet', type: 'button', onclick: () => d.close()}, t('action.cancel'));
  const d = dialog({title: t('verify.title'), body, foot: [stop, start]});
  d.closed.then(() => work.abort());

  async function run() {
    start.remove();
    stop.textContent = t('verify.stop');
    const bar = h('progress', {'aria-label': t('verify.running')});
    const count = h('p', {class: 'muted nums'}, t('verify.running'));
    const found = h('ul', {class: 'stack-s small'});
    body.replaceChildren(bar, count, found);
    try {
      await lines('verify', {repair: true}, (event) => {
        if (event.type === 'progress' && event.totalFiles) {
          bar.max = event.totalBytes || event.totalFiles;
          bar.value = event.totalBytes ? event.bytes || 0 : event.files || 0;
          count.textContent = t('verify.progress', {n: event.totalFiles, done: event.files || 0});
        } else if (event.type === 'repairing') {
          bar.removeAttribute('value');
          count.textContent = t('verify.repairing', {n: event.left || 0});
        } else if (event.type === 'damage' && found.childElementCount < 100) {
          found.append(h('li', {class: 'path'}, t('verify.found', {path: event.damage.path})));
        } else if (event.type === 'verified') ended(event.result, found);
      }, {signal: work.signal});
    } catch (error) {
      if (error.name !== 'AbortError') body.replaceChildren(result('bad', 'error', [error.message, error.hint]));
    }
    stop.textContent = t('action.close');
  }

  function ended(info, found) {
    const says = [];
    if (info.unrepaired) says.push(t('verify.unrepaired', {n: info.unrepaired}));
    if (info.repaired) says.push(t('verify.repaired', {n: info.repaired}));
    if (!info.damaged) says.push(t('verify.fine', {n: info.files}));
    body.replaceChildren(result(info.unrepaired ? 'bad' : 'good', info.unrepaired ? 'warning' : 'done', says), found);
  }
}

const result = (tone, name, says) => h('div', {class: 'note', role: 'status', data: {tone}}, icon(name), h('div', {class: 'note-text'}, says.filter(Boolean).map((text) => h('p', {}, text))));
