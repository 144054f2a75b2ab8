// Opens the picture of an address such as /photo/ID, in the timeline if it is
// in there, alone if it is not.
import {complain} from '../lib/toast.js';
import * as api from './api.js';
import {Lone} from './lone.js';
import {view} from './viewer.js';

export async function openPhoto(gallery, id) {
  let item;
  try {
    item = await api.item(id);
  } catch (error) {
    history.replaceState(null, '', '/');
    complain(error);
    return;
  }
  history.replaceState(null, '', '/');
  const position = gallery ? await find(gallery.library, item.show) : -1;
  if (position >= 0) {
    await gallery.timeline.reveal(position);
    await gallery.show(position);
    return;
  }
  const none = {library: Lone.of(item), active: 0, *tiles() {}, reveal: async () => null};
  view(none, 0, {kind: item.said?.trashed ? 'trash' : 'timeline'});
}

async function find(library, show) {
  const index = library.indexOf(show.taken?.local ? show.taken.local.slice(0, 7) : 'unknown');
  if (index < 0) return -1;
  await library.load(index);
  for (const id of [show.hash, ...(show.group?.members.slice(0, 1) ?? [])]) {
    const position = library.placeOf(id);
    if (position >= 0) return position;
  }
  return -1;
}
