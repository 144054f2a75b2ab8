// The bar over the page's header while pictures are chosen, with what can be
// done with them.
import {announce, h, iconButton} from '../lib/dom.js';
import {t} from '../lib/i18n.js';
import * as actions from './actions.js';

// selectBar shows the bar of a page: kind is timeline, album or trash; album is
// the ID of the one that is shown.
export function selectBar(library, selection, {kind = 'timeline', album = '', share} = {}) {
  const count = h('span', {class: 'select-count', role: 'status'});
  const does = (f) => async () => {
    const {pictures} = selection;
    selection.clear();
    await f(pictures);
  };
  const favour = () => {
    const {pictures} = selection;
    void actions.favourite(library, pictures, !pictures.every((p) => p.fav));
  };
  const tools =
    kind === 'trash'
      ? [h('button', {class: 'button button-main', type: 'button', onclick: does((p) => actions.restore(library, p))}, t('trash.restore'))]
      : kind === 'guest'
        ? [iconButton('download', t('pictures.do.download'), {onclick: () => actions.download(selection.pictures)})]
        : [
          iconButton('heart', t('pictures.do.favourite'), {onclick: favour}),
          iconButton('album-add', t('album.add'), {onclick: () => actions.addToAlbum(selection.pictures)}),
          share && iconButton('share', t('pictures.do.share'), {onclick: () => share(selection.ids)}),
          iconButton('download', t('pictures.do.download'), {onclick: () => actions.download(selection.pictures)}),
          kind === 'album' && iconButton('minus', t('album.remove'), {onclick: does((p) => actions.removeFromAlbum(library, album, p))}),
          iconButton('trash', t('pictures.do.trash'), {onclick: does((p) => actions.trash(library, p))}),
        ];
  const bar = h(
    'div',
    {class: 'select-bar', role: 'toolbar', 'aria-label': t('pictures.selection'), hidden: true},
    iconButton('close', t('pictures.select.none'), {onclick: () => selection.clear()}),
    count,
    h('div', {class: 'select-tools'}, tools),
  );
  document.querySelector('main').append(bar);
  selection.addEventListener('change', () => {
    const was = !bar.hidden;
    bar.hidden = !selection.size;
    document.body.classList.toggle('has-selection', selection.size > 0);
    const text = t('pictures.selected', {n: selection.size});
    if (selection.size) count.textContent = text;
    else if (was) announce(t('pictures.select.ended'));
  });
  return bar;
}
