// What a person does with pictures, alone or many: each says what it did, and
// how to take it back.
import * as api from './api.js';
import {h, icon} from '../lib/dom.js';
import {askText, dialog} from '../lib/dialog.js';
import {complain, toast} from '../lib/toast.js';
import {t} from '../lib/i18n.js';

// tried runs what asks the node for something, and says why that went wrong.
export async function tried(f) {
  try {
    return await f();
  } catch (error) {
    complain(error);
    return undefined;
  }
}

export async function favourite(library, pictures, on) {
  const ids = pictures.map((p) => p.id);
  library.mark(ids, {fav: on});
  try {
    await api.favourite(ids, on);
  } catch (error) {
    library.mark(ids, {fav: !on});
    complain(error);
    return false;
  }
  if (ids.length > 1) toast(t(on ? 'pictures.favoured' : 'pictures.unfavoured', {n: ids.length}));
  return true;
}

// trash hides pictures at once; undo brings them back.
export async function trash(library, pictures) {
  const ids = pictures.map((p) => p.id);
  library.take(ids);
  try {
    await api.trash(ids);
  } catch (error) {
    complain(error);
    await library.revalidate();
    return false;
  }
  const undo = () =>
    tried(async () => {
      await api.restore(ids);
      await library.revalidate();
    });
  toast(t('pictures.trashed', {n: ids.length}), {undo});
  return true;
}

export async function restore(library, pictures) {
  const ids = pictures.map((p) => p.id);
  library.take(ids);
  const done = await tried(() => api.restore(ids).then(() => true));
  if (done) toast(t('pictures.restored', {n: ids.length}));
  else await library.revalidate();
}

export async function removeFromAlbum(library, album, pictures) {
  const ids = pictures.map((p) => p.id);
  library.take(ids);
  const done = await tried(() => api.albumItems(album, [], ids).then(() => true));
  if (!done) return library.revalidate();
  const undo = () =>
    tried(async () => {
      await api.albumItems(album, ids, []);
      await library.revalidate();
    });
  toast(t('album.removed', {n: ids.length}), {undo});
}

// download fetches one original, or many in a zip that the node streams.
export async function download(pictures) {
  if (pictures.length === 1) return follow(api.downloadURL(pictures[0].id));
  const url = await tried(() => api.zip({ids: pictures.map((p) => p.id)}));
  if (url) follow(url);
}

export function follow(url) {
  const link = h('a', {href: url, download: ''});
  document.body.append(link);
  link.click();
  link.remove();
}

// addToAlbum asks for an album, or a title for a new one, and puts pictures in.
export async function addToAlbum(pictures) {
  const albums = await tried(() => api.albums());
  if (!albums) return;
  const choice = await pickAlbum(albums);
  if (!choice) return;
  const album = choice === 'new' ? await makeAlbum() : choice;
  if (!album) return;
  const ids = pictures.map((p) => p.id);
  const done = await tried(() => api.albumItems(album.id, ids, []).then(() => true));
  if (done) toast(t('album.added', {n: ids.length, album: album.title}), {action: {text: t('album.open'), run: () => location.assign(`/albums/${album.id}`)}});
}

// makeAlbum asks for a title and makes an album.
export async function makeAlbum() {
  const title = await askText({title: t('album.new'), label: t('album.title'), yes: t('album.make'), check: (text) => (text ? '' : t('album.title.none'))});
  return title ? tried(() => api.newAlbum(title)) : undefined;
}

function pickAlbum(albums) {
  const entry = (album) =>
    h(
      'button',
      {class: 'pick', type: 'button', onclick: () => d.close(album)},
      h('span', {class: 'pick-cover'}, album.cover ? h('img', {src: api.thumbURL(album.cover), alt: '', loading: 'lazy'}) : icon('albums')),
      h('span', {class: 'pick-text'}, h('span', {class: 'strong'}, album.title), h('span', {class: 'muted small'}, t('album.count', {n: album.pictures}))),
    );
  const make = h(
    'button',
    {class: 'pick', type: 'button', onclick: () => d.close('new')},
    h('span', {class: 'pick-cover'}, icon('plus')),
    h('span', {class: 'pick-text strong'}, t('album.new')),
  );
  const d = dialog({title: t('album.add'), body: h('div', {class: 'picks'}, make, albums.map(entry))});
  return d.closed;
}
