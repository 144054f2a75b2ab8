// The share links of this device.
import './frame.js';
import {$, h, icon} from './lib/dom.js';
import {ask} from './lib/dialog.js';
import {del, get} from './lib/http.js';
import {ago, date, t} from './lib/i18n.js';
import {complain, toast} from './lib/toast.js';

const place = $('#shares');

async function show() {
  try {
    const {shares} = await get('shares');
    place.replaceChildren(shares.length ? h('ul', {class: 'panel list'}, shares.map(row)) : empty());
  } catch (error) {
    complain(error);
  }
  place.removeAttribute('aria-busy');
}

const empty = () => h('div', {class: 'empty'}, icon('link', 'icon-xl'), h('h2', {}, t('shares.empty')), h('p', {}, t('shares.empty.text')));

function row(s) {
  const facts = [
    s.album ? t('shares.album') : t('shares.pictures', {n: s.pictures}),
    s.password ? t('shares.password') : '',
    s.expires ? t('shares.until', {date: date(s.expires)}) : t('shares.for-ever'),
    s.opened ? t('shares.opened', {ago: ago(s.opened)}) : t('shares.unopened'),
  ].filter(Boolean);
  const title = s.title || t('shares.untitled');
  const end = h('button', {class: 'button button-quiet', type: 'button', 'aria-label': t('shares.end.of', {title}), onclick: () => stop(s.id, title)}, t('shares.end'));
  return h('li', {class: 'item'}, h('span', {class: 'item-icon'}, icon(s.password ? 'lock' : 'link')),
    h('div', {class: 'item-text'}, h('div', {class: 'item-title'}, title), h('div', {class: 'muted small'}, facts.join(' · '))), h('div', {class: 'item-tools'}, end));
}

async function stop(id, title) {
  if (!await ask({title: t('shares.end.ask', {title}), text: t('shares.end.text'), yes: t('shares.end'), danger: true})) return;
  try {
    await del(`shares/${id}`);
    toast(t('shares.ended'));
  } catch (error) {
    complain(error);
  }
  await show();
}

await show();
