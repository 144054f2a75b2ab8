// What somebody sees who came by a share link.
import {$, h, icon} from './lib/dom.js';
import {date, t} from './lib/i18n.js';
import * as api from './pictures/api.js';
import {follow, tried} from './pictures/actions.js';
import {gallery} from './pictures/gallery.js';

const about = $('#guest-about');
const empty = () => [icon('photos', 'icon-xl'), h('h2', {}, t('guest.empty')), h('p', {}, t('guest.empty.text'))];
const shown = await gallery($('#timeline'), {kind: 'guest', empty});

function say() {
  const n = shown?.library.total ?? 0;
  const {expires} = about.dataset;
  about.textContent = [t('guest.count', {n}), expires && t('guest.until', {date: date(expires)})].filter(Boolean).join(' · ');
  $('#download-all').hidden = !n;
}

say();
shown?.library.addEventListener('months', say);
$('#download-all').addEventListener('click', async () => {
  const url = await tried(() => api.zip({}));
  if (url) follow(url);
});
