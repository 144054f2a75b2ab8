// Live Photos and Motion Photos: the seconds around the picture, played over it.
import {h} from '../lib/dom.js';
import {toast} from '../lib/toast.js';
import {t} from '../lib/i18n.js';
import * as api from './api.js';

// playsAlong plays the moving part of the picture that is shown, or stops it;
// again says that what plays goes on.
export function playsAlong(pswp, again = false) {
  const {content} = pswp.currSlide ?? {};
  const p = content?.data.picture;
  if (!p || (p.kind !== 'live-photo' && p.kind !== 'motion-photo')) return;
  if (content.motion) {
    if (!again) stop(content);
    return;
  }
  void play(pswp, content, p);
}

async function play(pswp, content, p) {
  const video = h('video', {class: 'viewer-motion', playsInline: true, preload: 'auto'});
  content.motion = video;
  video.src = p.kind === 'motion-photo' ? api.motionURL(p.id) : await film(p);
  if (content.motion !== video) return;
  const place = () => {
    const image = content.element;
    if (image) Object.assign(video.style, {width: image.style.width, height: image.style.height});
  };
  place();
  pswp.on('imageSizeChange', place);
  video.addEventListener('playing', () => video.classList.add('is-playing'), {once: true});
  video.addEventListener('ended', () => stop(content), {once: true});
  video.addEventListener(
    'error',
    () => {
      if (content.motion !== video) return;
      stop(content);
      toast(t('viewer.still'), {tone: 'bad', action: {text: t('viewer.download'), run: () => location.assign(`${video.src}?download=1`)}});
    },
    {once: true},
  );
  content.slide?.container.append(video);
  await video.play().catch(() => {
    video.muted = true; // without a press, browsers play silently at most
    return video.play().catch(() => {});
  });
}

// film is the address of the video of a Live Photo.
async function film(p) {
  const {show} = await api.item(p.id);
  const other = show.group?.members.find((id) => id !== p.id);
  return other ? api.originalURL(other) : '';
}

function stop(content) {
  const video = content.motion;
  content.motion = null;
  if (!video) return;
  video.classList.remove('is-playing');
  video.pause();
  setTimeout(() => video.remove(), 250);
}

// moving stops what plays when another picture is shown.
export function moving(pswp) {
  pswp.on('contentDeactivate', ({content}) => stop(content));
}
