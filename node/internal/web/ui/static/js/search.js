// What a search has found: the timeline with a filter.
import './frame.js';
import {$, h, icon} from './lib/dom.js';
import {t} from './lib/i18n.js';
import {gallery} from './pictures/gallery.js';
import {share} from './share/dialog.js';
import {split, without} from './pictures/tokens.js';

const asked = new URLSearchParams(location.search);
const filter = new URLSearchParams();
for (const name of ['q', 'album', 'same', 'like', 'area']) if (asked.get(name)) filter.set(name, asked.get(name));
const q = asked.get('q') ?? '';
const input = $('.search-input');
if (input) input.value = q;

function chip(text, rest) {
  const next = new URLSearchParams(filter);
  if (rest.q !== undefined) next.set('q', rest.q);
  if (rest.drop) next.delete(rest.drop);
  if (!next.get('q')) next.delete('q');
  const href = next.size ? `/search?${next}` : '/';
  return h('li', {}, h('a', {class: 'chip', href, 'aria-label': t('search.remove', {text})}, text, icon('close', 'icon-s')));
}

const chips = split(q).map((part, i) => chip(part.key ? `${part.key}: ${part.value}` : part.value, {q: without(q, i)}));
for (const name of ['same', 'like', 'area']) if (filter.has(name)) chips.push(chip(t(`search.${name}`), {drop: name}));
$('#chips').replaceChildren(...chips);

const empty = () => [
  icon('search', 'icon-xl'),
  h('h2', {}, t('search.empty')),
  h('p', {}, t(filter.has('like') ? 'search.empty.like' : 'search.empty.text')),
  h('a', {class: 'button button-main', href: '/'}, t('search.all')),
];

if (!filter.size)
  $('#timeline').before(h('div', {class: 'empty'}, icon('search', 'icon-xl'), h('h2', {}, t('search.begin')), h('p', {}, t('search.begin.text'))));
else {
  const shown = await gallery($('#timeline'), {filter: filter.toString(), empty, share: (ids) => share({ids})});
  const count = () => {
    $('#count').textContent = shown.library.total ? t('search.count', {n: shown.library.total}) : '';
  };
  if (shown) {
    shown.library.addEventListener('months', count);
    count();
  }
}
