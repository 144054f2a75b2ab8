// Makes a share link: asks how long and with which password, and then shows it,
// once.
import {h, icon} from '../lib/dom.js';
import {dialog} from '../lib/dialog.js';
import {post} from '../lib/http.js';
import {date, t} from '../lib/i18n.js';
import {complain, toast} from '../lib/toast.js';

const terms = [[1, 'share.day'], [7, 'share.week'], [30, 'share.month'], [0, 'share.for-ever']];

/** Asks for a link to pictures ({ids}) or an album ({album, title}), and shows it. */
export async function share(what) {
  const made = await ask(what);
  if (made) await tell(made);
}

function ask({ids = [], album = '', title = ''}) {
  const name = h('input', {class: 'input', id: 'share-title', value: title, maxLength: 150, autocomplete: 'off'});
  const password = h('input', {class: 'input', id: 'share-password', type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: false, 'aria-describedby': 'share-password-hint'});
  const term = ([days, key]) => h('label', {class: 'segment'}, h('input', {type: 'radio', name: 'days', value: String(days), checked: days === 7}), h('span', {}, t(key)));
  const form = h('form', {class: 'stack', id: 'share-form'},
    h('p', {class: 'muted'}, t(album ? 'share.text.album' : 'share.text', {n: ids.length})),
    h('div', {class: 'field'}, h('label', {for: 'share-title'}, t('share.name')), name),
    h('fieldset', {class: 'field share-terms'}, h('legend', {class: 'label'}, t('share.lasts')), h('div', {class: 'segments'}, terms.map(term))),
    h('div', {class: 'field'}, h('label', {for: 'share-password'}, t('share.password')), password, h('p', {class: 'field-hint', id: 'share-password-hint'}, t('share.password.hint'))),
    h('p', {class: 'field-hint'}, t('share.originals')));
  const make = h('button', {class: 'button button-main', type: 'submit'}, icon('link'), t('share.make'));
  make.setAttribute('form', 'share-form');
  const d = dialog({title: t('share.title'), body: form, foot: [h('a', {class: 'button button-quiet', href: '/shares'}, t('share.all')), make]});
  form.onsubmit = async (event) => {
    event.preventDefault();
    make.disabled = true;
    try {
      const days = Number(form.querySelector('input[name=days]:checked').value);
      d.close(await post('shares', {ids: album ? [] : ids, album, title: name.value.trim(), days, password: password.value}));
    } catch (error) {
      make.disabled = false;
      complain(error);
    }
  };
  return d.closed;
}

function tell({url, qr, local, share: made}) {
  const line = h('input', {class: 'input', readOnly: true, value: url, 'aria-label': t('share.link'), onfocus: () => line.select()});
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url);
    } catch { // only where the page is secure
      line.select();
      document.execCommand('copy');
    }
    toast(t('share.copied'));
  };
  const send = navigator.share && h('button', {class: 'button', type: 'button', onclick: () => navigator.share({url, title: made.title}).catch(() => {})}, icon('share'), t('share.send'));
  const body = [
    local && h('div', {class: 'note', data: {tone: 'wait'}}, icon('warning'), h('div', {class: 'note-text'}, h('strong', {}, t('share.local')), h('span', {}, t('share.local.text')))),
    line,
    h('img', {class: 'share-qr', src: qr, alt: t('share.qr'), width: 220, height: 220}),
    h('p', {class: 'muted small'}, made.expires ? t('share.until', {date: date(made.expires)}) : t('share.until-ended'), ' ', t('share.once')),
  ].filter(Boolean);
  const d = dialog({title: t('share.ready'), body, foot: [send, h('button', {class: 'button button-main', type: 'button', autofocus: true, onclick: copy}, icon('copy'), t('share.copy'))].filter(Boolean)});
  return d.closed;
}
