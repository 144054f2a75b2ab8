// The page of all pictures, below the state of the home.
import './frame.js';
import {$, h, icon} from './lib/dom.js';
import {t} from './lib/i18n.js';
import {follow} from './care/care.js';
import {gallery} from './pictures/gallery.js';
import {share} from './share/dialog.js';

const empty = () => [
  icon('photos', 'icon-xl'),
  h('h2', {}, t('timeline.empty')),
  h('p', {}, t('timeline.empty.text')),
  h(
    'div',
    {class: 'row'},
    h('a', {class: 'button button-main', href: '/status'}, t('timeline.empty.folder')),
    h('a', {class: 'button', href: '/upload'}, t('timeline.empty.upload')),
  ),
];

follow('status-card');
await gallery($('#timeline'), {empty, share: (ids) => share({ids})});
