// Puts the pictures of a filter on a page: timeline, scrubber, selection, keys
// and viewer, and keeps them as the library changes.
import {h, icon} from '../lib/dom.js';
import {complain} from '../lib/toast.js';
import {listen} from '../lib/events.js';
import {t} from '../lib/i18n.js';
import {Library} from './library.js';
import {Scrubber} from './scrubber.js';
import {Selection} from './selection.js';
import {Timeline} from './timeline.js';
import {dress, touch} from './touch.js';
import {keys} from './keys.js';
import {selectBar} from './selectbar.js';
import {remember, returnTo} from './place.js';

const seldom = 1500; // milliseconds between looks at a library that is changing

// gallery fills root. filter is a query; empty() returns what is shown where
// there are no pictures; kind and album are those of selectBar.
export async function gallery(root, {filter = '', kind = 'timeline', album = '', empty, share} = {}) {
  const library = new Library(filter);
  root.setAttribute('aria-busy', 'true');
  const ready = await opened(root, library);
  root.removeAttribute('aria-busy');
  if (!ready) return null;
  const timeline = new Timeline(root, library);
  const selection = new Selection(library);
  const show = async (position) => (await import('./viewer.js')).view(timeline, position, {kind, share});
  timeline.dress = () => dress(timeline, selection);
  selection.addEventListener('change', () => dress(timeline, selection));
  new Scrubber(timeline);
  selectBar(library, selection, {kind, album, share});
  touch(timeline, selection, show);
  keys(timeline, selection, show);
  nothing(root, library, empty);
  if (kind !== 'guest') follow(library);
  library.addEventListener('failed', (e) => complain(e.detail.error));
  await returnTo(timeline);
  remember(timeline);
  return {library, timeline, selection, show};
}

async function opened(root, library) {
  try {
    await library.open();
    return true;
  } catch (error) {
    const again = h('button', {class: 'button button-main', type: 'button', onclick: () => location.reload()}, t('pictures.again'));
    root.append(h('div', {class: 'empty', role: 'alert'}, icon('offline', 'icon-xl'), h('h2', {}, error.message), error.hint && h('p', {}, error.hint), again));
    return false;
  }
}

// nothing shows words where there are no pictures, and takes them away when
// there are.
function nothing(root, library, empty) {
  let box = null;
  const look = () => {
    if (library.total && box) {
      box.remove();
      box = null;
    } else if (!library.total && !box && empty) {
      box = h('div', {class: 'empty'}, empty());
      root.before(box);
    }
    document.body.classList.toggle('has-pictures', library.total > 0);
  };
  library.addEventListener('months', look);
  look();
}

// follow looks at the library again when the node says that it has changed.
function follow(library) {
  let timer = 0;
  let last = 0;
  const look = () => {
    timer = 0;
    last = Date.now();
    void library.revalidate();
  };
  listen('library', () => {
    if (!timer) timer = setTimeout(look, Math.max(0, last + seldom - Date.now()));
  });
}
