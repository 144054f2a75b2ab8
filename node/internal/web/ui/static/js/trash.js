// What is in the trash: look, restore, or delete for good.
import './frame.js';
import {$, h, icon} from './lib/dom.js';
import {ask} from './lib/dialog.js';
import {bytes, t} from './lib/i18n.js';
import {toast} from './lib/toast.js';
import * as api from './pictures/api.js';
import {tried} from './pictures/actions.js';
import {gallery} from './pictures/gallery.js';

const empty = () => [icon('trash', 'icon-xl'), h('h2', {}, t('trash.none')), h('p', {}, t('trash.none.text'))];
const shown = await gallery($('#timeline'), {filter: 'trash=1', kind: 'trash', empty});
const button = $('#empty-trash');

if (shown) {
  const look = () => {
    button.hidden = !shown.library.total;
  };
  shown.library.addEventListener('months', look);
  look();
}
button.addEventListener('click', async () => {
  if (!(await ask({title: t('trash.empty.ask'), text: t('trash.empty.text'), yes: t('trash.empty'), danger: true}))) return;
  const done = await tried(() => api.emptyTrash());
  if (!done) return;
  toast(t('trash.emptied', {n: done.deleted.files, bytes: bytes(done.deleted.bytes)}));
  await shown?.library.revalidate();
});
