// The address of one picture: the timeline with the viewer open.
import './frame.js';
import {$} from './lib/dom.js';
import {gallery} from './pictures/gallery.js';
import {openPhoto} from './pictures/deeplink.js';

const root = $('#timeline');
await openPhoto(await gallery(root), root.dataset.photo);
