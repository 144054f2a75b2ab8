// All albums.
import './frame.js';
import {$, h, icon} from './lib/dom.js';
import {complain} from './lib/toast.js';
import {listen} from './lib/events.js';
import {t} from './lib/i18n.js';
import * as api from './pictures/api.js';
import {makeAlbum} from './pictures/actions.js';
import {span} from './pictures/dates.js';

const root = $('#albums');

function card(album) {
  const cover = album.cover ? h('img', {src: api.previewURL(album.cover), alt: '', loading: 'lazy', decoding: 'async'}) : icon('albums', 'icon-xl');
  return h(
    'li',
    {},
    h(
      'a',
      {class: 'album-card', href: `/albums/${album.id}`},
      h('span', {class: 'album-cover'}, cover),
      h('span', {class: 'album-title'}, album.title),
      h('span', {class: 'muted small'}, [t('album.count', {n: album.pictures}), span(album.from, album.to)].filter(Boolean).join(' · ')),
    ),
  );
}

const favourites = () =>
  h(
    'li',
    {},
    h(
      'a',
      {class: 'album-card', href: '/search?q=is%3Afavourite'},
      h('span', {class: 'album-cover album-cover-soft'}, icon('heart', 'icon-xl')),
      h('span', {class: 'album-title'}, t('albums.favourites')),
      h('span', {class: 'muted small'}, t('albums.favourites.text')),
    ),
  );

async function show() {
  try {
    const albums = await api.albums();
    root.replaceChildren(h('ul', {class: 'albums'}, favourites(), albums.map(card)));
    if (!albums.length) root.append(h('div', {class: 'empty'}, h('h2', {}, t('albums.none')), h('p', {}, t('albums.none.text'))));
  } catch (error) {
    complain(error);
  }
  root.removeAttribute('aria-busy');
}

$('#new-album').addEventListener('click', async () => {
  const album = await makeAlbum();
  if (album) location.assign(`/albums/${album.id}`);
});
listen('library', show);
await show();
