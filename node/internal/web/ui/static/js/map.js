// Pictures where they were taken: the map, or with an area in the address the
// pictures of that area.
import './frame.js';
import {$, h, icon} from './lib/dom.js';
import {t} from './lib/i18n.js';

const area = new URLSearchParams(location.search).get('area');
if (area) {
  $('#map-head').hidden = $('#map-pictures').hidden = false;
  const [{gallery}, {share}] = await Promise.all([import('./pictures/gallery.js'), import('./share/dialog.js')]);
  const empty = () => [icon('map', 'icon-xl'), h('h2', {}, t('map.empty')), h('a', {class: 'button button-main', href: '/map'}, t('map.back'))];
  await gallery($('#timeline'), {filter: new URLSearchParams({area}).toString(), empty, share: (ids) => share({ids})});
} else {
  $('#map-frame').hidden = false;
  const {show} = await import('./map/map.js');
  show($('#map'));
}
