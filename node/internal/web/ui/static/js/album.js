// One album: its pictures, its name, its cover.
import './frame.js';
import {$, h, icon} from './lib/dom.js';
import {ask, askText} from './lib/dialog.js';
import {menu} from './lib/menu.js';
import {toast} from './lib/toast.js';
import {t} from './lib/i18n.js';
import * as api from './pictures/api.js';
import {follow, tried} from './pictures/actions.js';
import {span} from './pictures/dates.js';
import {gallery} from './pictures/gallery.js';
import {share} from './share/dialog.js';

const root = $('#timeline');
const id = root.dataset.album;
let album = null;
let shown = null;

async function head() {
  album = await tried(() => api.album(id));
  $('#album-title').textContent = album?.title ?? t('album.gone');
  document.title = `${album?.title ?? t('album.gone')} · homeroll`;
  $('#album-about').textContent = album
    ? [t('album.count', {n: album.pictures}), span(album.from, album.to), album.by && t('album.by', {device: album.by})].filter(Boolean).join(' · ')
    : '';
  $('#album-more').hidden = !album;
}

async function rename() {
  const title = await askText({
    title: t('album.rename'),
    label: t('album.title'),
    value: album.title,
    yes: t('album.save'),
    check: (text) => (text ? '' : t('album.title.none')),
  });
  if (title && title !== album.title) await tried(() => api.changeAlbum(id, {title}));
  await head();
}

async function cover() {
  const [picture, ...more] = shown?.selection.pictures ?? [];
  if (!picture || more.length) {
    toast(t('album.cover.choose'));
    return;
  }
  if (await tried(() => api.changeAlbum(id, {cover: picture.id}).then(() => true))) toast(t('album.cover.set'));
  shown.selection.clear();
}

async function remove() {
  if (!(await ask({title: t('album.delete.ask', {album: album.title}), text: t('album.delete.text'), yes: t('album.delete'), danger: true}))) return;
  if (await tried(() => api.deleteAlbum(id).then(() => true))) location.replace('/albums');
}

async function download() {
  const url = await tried(() => api.zip({album: id}));
  if (url) follow(url);
}

$('#album-more').addEventListener('click', (event) =>
  menu(event.currentTarget, [
    {text: t('album.rename'), icon: 'edit', run: rename},
    {text: t('album.cover'), icon: 'photos', run: cover},
    {text: t('album.share'), icon: 'share', run: () => share({album: id, title: album.title})},
  {text: t('album.download'), icon: 'download', run: download},
    null,
    {text: t('album.delete'), icon: 'trash', danger: true, run: remove},
  ]),
);

const empty = () => [
  icon('albums', 'icon-xl'),
  h('h2', {}, t('album.empty')),
  h('p', {}, t('album.empty.text')),
  h('a', {class: 'button button-main', href: '/'}, t('album.empty.go')),
];
await head();
if (album) {
  shown = await gallery(root, {filter: new URLSearchParams({album: id}).toString(), kind: 'album', album: id, empty, share: (ids) => share({ids})});
  shown?.library.addEventListener('months', head);
}
