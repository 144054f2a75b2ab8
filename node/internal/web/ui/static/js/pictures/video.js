// Videos in the viewer: the browser's own player, which fetches what it needs in
// ranges; words and a download where it cannot play one.
import {h, icon} from '../lib/dom.js';
import {t} from '../lib/i18n.js';
import * as api from './api.js';

const controls = 90; // pixels at the foot of a video that are its own

export function videos(pswp) {
  pswp.on('contentLoad', (e) => {
    const {content} = e;
    if (content.type !== 'video') return;
    e.preventDefault();
    if (content.element) return;
    content.element = player(content.data);
    content.state = 'loading';
    content.onLoaded();
  });
  pswp.on('contentActivate', ({content}) => {
    if (content.type === 'video') void content.element?.firstChild.play?.().catch(() => {});
  });
  for (const type of ['contentDeactivate', 'contentRemove'])
    pswp.on(type, ({content}) => {
      if (content.type === 'video') content.element?.firstChild.pause?.();
    });
  pswp.on('contentDestroy', ({content}) => {
    const video = content.type === 'video' && content.element?.querySelector('video');
    if (!video) return;
    video.removeAttribute('src');
    video.load(); // ends the request
  });
  pswp.on('pointerDown', (e) => {
    const {target, clientY} = e.originalEvent;
    if (target.closest?.('.viewer-video a')) e.preventDefault();
    if (target.tagName === 'VIDEO' && target.getBoundingClientRect().bottom - clientY < controls) e.preventDefault();
  });
  pswp.addFilter('useContentPlaceholder', (use, content) => (content.type === 'video' ? false : use));
}

function player({id, alt}) {
  const video = h('video', {controls: true, playsInline: true, preload: 'metadata', poster: api.previewURL(id), src: api.originalURL(id), 'aria-label': alt});
  const box = h('div', {class: 'viewer-video'}, video);
  const sorry = () =>
    box.replaceChildren(
      h(
        'div',
        {class: 'viewer-sorry'},
        icon('video', 'icon-xl'),
        h('p', {}, t('viewer.unplayable')),
        h('a', {class: 'button button-main', href: api.downloadURL(id), download: ''}, icon('download'), t('viewer.download')),
      ),
    );
  video.addEventListener('error', () => {
    if (video.getAttribute('src')) sorry();
  });
  video.addEventListener('loadeddata', () => {
    if (!video.videoWidth) sorry(); // sound alone: the pictures are in a format that is unknown here
  });
  video.addEventListener('timeupdate', () => void poster(id, video), {once: true});
  return box;
}

const side = 1440;

// poster draws a frame for a video of which the node could make no preview.
async function poster(id, video) {
  if (!video.videoWidth) return;
  const have = await fetch(api.previewURL(id), {method: 'GET'}).catch(() => null);
  if (!have?.ok || !have.headers.get('Content-Type')?.includes('svg')) return;
  const scale = Math.min(1, side / Math.max(video.videoWidth, video.videoHeight));
  const canvas = h('canvas', {width: Math.round(video.videoWidth * scale), height: Math.round(video.videoHeight * scale)});
  canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
  canvas.toBlob(
    (jpeg) => {
      if (jpeg) void api.keepPoster(id, jpeg).catch(() => {});
    },
    'image/jpeg',
    0.85,
  );
}
