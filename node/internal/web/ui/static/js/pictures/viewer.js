// The viewer: one picture at a time over the timeline, on PhotoSwipe. Swipes and
// zooms; previews come first, and the full size once somebody looks closer.
import PhotoSwipe from '../../vendor/photoswipe/photoswipe.esm.min.js';
import {announce, icon} from '../lib/dom.js';
import {t} from '../lib/i18n.js';
import * as actions from './actions.js';
import * as api from './api.js';
import {Info} from './info.js';
import {labelOf} from './tile.js';
import {moving, playsAlong} from './motion.js';
import {videos} from './video.js';

const previewSide = 1440;
const shown = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif']); // by browsers themselves

// fullOf is the address of a picture in full size.
const fullOf = (p) => (shown.has(p.type) ? api.originalURL(p.id) : api.fullURL(p.id));

let open = null;

// view opens the viewer at a picture of a timeline.
export function view(timeline, position, {kind = 'timeline', share} = {}) {
  open?.close();
  open = new Viewer(timeline, position, {kind, share});
}

class Viewer {
  #timeline;
  #library;
  #options;
  #info;
  #pswp;
  #inert = [];
  #known = -1; // index whose picture was said last
  #buttons = {};
  #listening = new AbortController();

  constructor(timeline, position, options) {
    this.#timeline = timeline;
    this.#library = timeline.library;
    this.#options = options;
    const pswp = new PhotoSwipe({
      dataSource: [],
      index: position,
      loop: false,
      bgOpacity: 1,
      preload: [1, 2],
      wheelToZoom: true,
      trapFocus: false,
      returnFocus: false,
      showHideAnimationType: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'none' : 'zoom',
      counter: false,
      secondaryZoomLevel: (z) => Math.max(z.fit * 2.5, Math.min(1, z.fit * 4)),
      maxZoomLevel: (z) => Math.max(2, z.fit * 5),
      closeTitle: t('viewer.close'),
      zoomTitle: t('viewer.zoom'),
      arrowPrevTitle: t('viewer.previous'),
      arrowNextTitle: t('viewer.next'),
      errorMsg: t('viewer.broken'),
      getViewportSizeFn: () => this.#room(),
      paddingFn: () => ({top: 0, bottom: 0, left: 0, right: 0}),
      mainClass: 'viewer',
    });
    this.#pswp = pswp;
    this.#info = new Info({library: this.#library, closed: () => this.#toggleInfo(false), changed: () => this.#say()});
    pswp.addFilter('numItems', () => this.#library.total);
    pswp.addFilter('itemData', (_, index) => this.#slide(index));
    pswp.addFilter('thumbEl', (_, data) => this.#tileOf(data.id)?.img);
    pswp.addFilter('placeholderSrc', (src, content) => (this.#tileOf(content.data.id)?.state === 'there' ? content.data.msrc : src));
    pswp.on('uiRegister', () => this.#register());
    pswp.on('change', () => this.#changed());
    pswp.on('zoomPanUpdate', (e) => this.#closer(e.slide));
    pswp.on('keydown', (e) => this.#key(e));
    pswp.on('destroy', () => this.#destroyed());
    pswp.on('bindEvents', () => this.#opened());
    videos(pswp);
    moving(pswp);
    history.pushState({viewer: true}, '', this.#address(position));
    addEventListener('popstate', () => pswp.close(), {signal: this.#listening.signal});
    this.#library.hold(true);
    pswp.init();
  }

  close() {
    this.#pswp.close();
  }

  get #picture() {
    return this.#library.at(this.#pswp.currIndex);
  }

  #address(position) {
    const p = this.#library.at(position);
    return p ? api.photoURL(p.id) : location.href;
  }

  #tileOf(id) {
    for (const tile of this.#timeline.tiles()) if (tile.picture?.id === id && tile.near) return tile;
    return null;
  }

  // slide says what is at an index. Where its month is not in memory, a blank
  // stands in until it is.
  #slide(index) {
    const p = this.#library.at(index);
    if (!p) {
      void this.#fetch(index);
      return {type: 'html', html: ''};
    }
    const video = p.type.startsWith('video/');
    const w = p.w || (video ? 1920 : 1440);
    const h = p.h || 1080;
    return {
      id: p.id,
      picture: p,
      type: video ? 'video' : 'image',
      w,
      h,
      width: w,
      height: h,
      alt: labelOf(p),
      thumbCropped: true,
      msrc: api.thumbURL(p.id),
      src: p.type === 'image/gif' ? api.originalURL(p.id) : api.previewURL(p.id),
    };
  }

  async #fetch(index) {
    const place = this.#library.locate(index);
    const pictures = await this.#library.load(place.index).catch(() => []);
    if (!pictures.length || this.#pswp.isDestroying) return;
    this.#pswp.refreshSlideContent(index);
    if (index === this.#pswp.currIndex) this.#changed();
  }

  // closer fetches the full size once more of it is on the screen than the
  // preview has.
  #closer(slide) {
    const {content, currZoomLevel: zoom, zoomLevels} = slide;
    const p = content.data.picture;
    if (!p || content.type !== 'image' || content.full || !content.element || p.type === 'image/gif' || zoom <= zoomLevels.initial * 1.01) return;
    if (p.w && Math.max(p.w, p.h) <= previewSide) return; // the preview is as large
    if (Math.max(slide.width, slide.height) * zoom * devicePixelRatio < previewSide * 1.1) return;
    content.full = true;
    const image = new Image();
    image.src = fullOf(p);
    image.decode().then(
      () => {
        if (content.element) content.element.src = image.src;
      },
      () => {
        content.full = false;
      },
    );
  }

  #register() {
    const add = (name, mark, order, onClick, extra = {}) => {
      const label = t(`viewer.${name}`);
      this.#pswp.ui.registerElement({
        name: `own-${name}`,
        ariaLabel: label,
        title: label,
        order,
        isButton: true,
        html: icon(mark).outerHTML,
        onClick,
        onInit: (el) => {
          this.#buttons[name] = el;
        },
        ...extra,
      });
    };
    const trash = this.#options.kind === 'trash';
    add('live', 'live', 6, () => playsAlong(this.#pswp));
    const guest = this.#options.kind === 'guest';
    if (!trash && !guest) add('favourite', 'heart', 7, () => this.#favourite());
    if (this.#options.share) add('share', 'share', 8, () => this.#options.share([this.#picture.id]));
    add('download', 'download', 9, () => actions.download([this.#picture]));
    if (guest) return;
    if (trash) add('restore', 'restore', 10, () => this.#leave(actions.restore));
    else add('trash', 'trash', 10, () => this.#leave(actions.trash));
    add('info', 'info', 11, () => this.#toggleInfo());
  }

  #opened() {
    document.body.classList.add('has-viewer');
    const {element} = this.#pswp;
    element.setAttribute('aria-label', t('viewer.label'));
    element.setAttribute('aria-modal', 'true');
    element.append(this.#info.element);
    for (const el of document.body.children)
      if (el !== element && !el.inert && !el.matches('.toasts, .sr-only, script')) {
        el.inert = true;
        this.#inert.push(el);
      }
    element.focus({preventScroll: true}); // or the first key is still the timeline's
    if (this.#options.kind !== 'guest' && localStorage.getItem('homeroll-info') === 'open' && innerWidth > 900) this.#toggleInfo(true);
    this.#buttons.live.addEventListener('pointerenter', (e) => {
      if (e.pointerType === 'mouse') playsAlong(this.#pswp, true);
    });
    this.#changed();
  }

  #changed() {
    const p = this.#picture;
    this.#say();
    if (!p) return;
    history.replaceState({viewer: true}, '', api.photoURL(p.id));
    if (this.#info.open) this.#info.show(p);
    if (this.#known !== this.#pswp.currIndex) announce(t('viewer.at', {picture: labelOf(p), at: this.#pswp.currIndex + 1, n: this.#library.total}));
    this.#known = this.#pswp.currIndex;
  }

  // say brings the buttons up to date.
  #say() {
    const p = this.#picture;
    const {live, favourite} = this.#buttons;
    if (live) live.hidden = !p || (p.kind !== 'live-photo' && p.kind !== 'motion-photo');
    if (!favourite) return;
    favourite.setAttribute('aria-pressed', String(!!p?.fav));
    favourite.querySelector('use').setAttribute(
      'href',
      favourite
        .querySelector('use')
        .getAttribute('href')
        .replace(/#.*/, p?.fav ? '#heart-on' : '#heart'),
    );
  }

  async #favourite() {
    const p = this.#picture;
    if (!p) return;
    const done = actions.favourite(this.#library, [p], !p.fav);
    this.#say();
    await done;
    this.#say();
  }

  // leave does what takes the picture out of the list, and shows the next one.
  #leave(act) {
    const p = this.#picture;
    if (!p) return;
    const at = this.#pswp.currIndex;
    void act(this.#library, [p]);
    const {total} = this.#library;
    if (!total) return this.close();
    const next = Math.min(at, total - 1);
    this.#known = -1;
    if (next !== at) this.#pswp.goTo(next);
    for (const i of [next - 1, next, next + 1, next + 2]) if (i >= 0 && i <= total) this.#pswp.refreshSlideContent(i);
    this.#changed();
  }

  #room() {
    if (!this.#info.open) return {x: innerWidth, y: innerHeight};
    return innerWidth > 720 ? {x: innerWidth - Math.min(380, innerWidth * 0.45), y: innerHeight} : {x: innerWidth, y: innerHeight * 0.42};
  }

  #toggleInfo(on = !this.#info.open) {
    if (on === this.#info.open) return;
    if (on) this.#info.show(this.#picture);
    else this.#info.hide();
    localStorage.setItem('homeroll-info', on ? 'open' : '');
    this.#buttons.info?.setAttribute('aria-expanded', String(on));
    this.#pswp.element.classList.toggle('has-info', on);
    this.#pswp.updateSize(true);
    if (!on) this.#buttons.info?.focus();
  }

  #key(e) {
    const event = e.originalEvent;
    if (document.querySelector('dialog[open]') || event.target.closest?.('input, textarea, select, video')) return e.preventDefault();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const does = {
      i: () => this.#toggleInfo(),
      f: () => this.#favourite(),
      d: () => actions.download([this.#picture]),
      l: () => playsAlong(this.#pswp),
      Delete: () => this.#leave(this.#options.kind === 'trash' ? actions.restore : actions.trash),
    }[event.key];
    if (event.key === 'Escape' && this.#info.open) {
      e.preventDefault();
      this.#toggleInfo(false);
    }
    if (!does || !this.#picture || (this.#options.kind === 'guest' && !'dl'.includes(event.key))) return;
    e.preventDefault();
    event.preventDefault();
    does();
  }

  async #destroyed() {
    this.#listening.abort();
    open = null;
    document.body.classList.remove('has-viewer');
    for (const el of this.#inert) el.inert = false;
    this.#info.hide();
    const at = Math.min(this.#pswp.currIndex, this.#library.total - 1);
    if (history.state?.viewer) history.back();
    this.#library.hold(false);
    if (at < 0) return;
    this.#timeline.active = at;
    const tile = await this.#timeline.reveal(at);
    tile?.link.focus({preventScroll: true});
  }
}

// Forward, in the browser's history, to a picture that was closed.
addEventListener('popstate', (event) => {
  if (event.state?.viewer && !open) location.reload();
});
