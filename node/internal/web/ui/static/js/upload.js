// The page that sends pictures and videos to this device.
import './frame.js';
import {$} from './lib/dom.js';
import {dropZone, pick} from './upload/pick.js';
import {Queue} from './upload/queue.js';
import {show} from './upload/show.js';

const queue = new Queue();
show(queue);
const add = (files) => queue.add(files);
pick($('#pick-files'), $('#files'), add);
pick($('#pick-folder'), $('#folder'), add);
if (!('webkitdirectory' in HTMLInputElement.prototype) || matchMedia('(pointer: coarse) and (max-width: 719.98px)').matches) $('#pick-folder').hidden = true;
dropZone($('#drop'), add);

const agent = navigator.userAgent;
const own = /iPhone|iPad/.test(agent) ? 'iphone' : /Android/.test(agent) ? 'android' : 'computer';
$(`#strip-${own}`).open = true;

addEventListener('beforeunload', (event) => { if (queue.busy) event.preventDefault(); });
