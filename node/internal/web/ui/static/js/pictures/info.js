// Info is the panel of the viewer that says everything about a picture: when it
// was taken and what says so, the camera, the place, its files, and who holds it.
import {h, icon, iconButton} from '../lib/dom.js';
import {complain} from '../lib/toast.js';
import {ago, bytes, t} from '../lib/i18n.js';
import * as actions from './actions.js';
import * as api from './api.js';
import * as dates from './dates.js';

export class Info {
  open = false;
  #library;
  #changed;
  #body = h('div', {class: 'info-body'});
  #asking = null;
  element;

  constructor({library, closed, changed}) {
    this.#library = library;
    this.#changed = changed;
    this.element = h(
      'aside',
      {class: 'info', hidden: true, 'aria-label': t('info.label')},
      h('header', {class: 'info-head'}, h('h2', {}, t('info.label')), iconButton('close', t('info.close'), {onclick: closed})),
      this.#body,
    );
    // What happens here is not for the picture behind.
    for (const type of ['wheel', 'pointerdown', 'pointermove', 'pointerup', 'touchmove', 'click'])
      this.element.addEventListener(type, (e) => e.stopPropagation(), {passive: true});
  }

  hide() {
    this.open = false;
    this.element.hidden = true;
    this.#asking?.abort();
  }

  async show(picture) {
    this.open = true;
    this.element.hidden = false;
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    if (!picture) return;
    this.#body.setAttribute('aria-busy', 'true');
    try {
      const item = await api.item(picture.id, asking.signal);
      if (asking.signal.aborted) return;
      this.#body.replaceChildren(...this.#parts(picture, item));
      this.#body.scrollTop = 0;
    } catch (error) {
      if (asking.signal.aborted) return;
      this.#body.replaceChildren(h('p', {class: 'muted'}, error.message));
    }
    this.#body.removeAttribute('aria-busy');
  }

  #parts(picture, {show, copies, said}) {
    return [
      caption(picture, said),
      taken(show.taken, picture),
      fact('camera', camera(show), show.lens),
      fact('file', this.#file(show, picture), measures(show, picture)),
      place(show.gps),
      this.#albums(picture, said),
      members(show, picture),
      others(show),
      names(show.names),
      holders(copies),
    ].filter(Boolean);
  }

  #file(show, picture) {
    return show.names[0]?.path.split('/').pop() ?? picture.type;
  }

  #albums(picture, said) {
    const add = h(
      'button',
      {
        class: 'button button-quiet',
        type: 'button',
        onclick: async () => {
          await actions.addToAlbum([picture]);
          if (this.open) void this.show(picture);
          this.#changed();
        },
      },
      icon('album-add'),
      t('album.add'),
    );
    const links = (said?.albums ?? []).map((a) => h('a', {class: 'chip', href: `/albums/${a.id}`}, a.title));
    return part(t('info.albums'), h('div', {class: 'row'}, links, add));
  }
}

const part = (title, ...children) => h('section', {class: 'info-part'}, h('h3', {}, title), children);

function fact(mark, first, second) {
  if (!first && !second) return null;
  return h('div', {class: 'info-fact'}, icon(mark), h('div', {}, first && h('p', {class: 'strong'}, first), second && h('p', {class: 'muted small'}, second)));
}

function caption(picture, said) {
  const id = 'info-caption';
  const box = h('textarea', {class: 'input info-caption', id, rows: 1, maxLength: 2000, value: said?.caption ?? '', placeholder: t('info.caption.add')});
  let saved = box.value;
  const fit = () => {
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight + 2}px`;
  };
  box.addEventListener('input', fit);
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      box.blur();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      box.value = saved;
      box.blur();
    }
  });
  box.addEventListener('change', () => {
    const text = box.value.trim();
    if (text === saved) return;
    api.caption(picture.id, text).then(() => {
      saved = text;
    }, complain);
  });
  requestAnimationFrame(fit);
  return h('div', {class: 'info-part'}, h('label', {class: 'sr-only', for: id}, t('info.caption')), box);
}

// sources are the kinds of what says when a picture was taken, by the words of
// its field.
const sources = [
  [/^mtime/, 'mtime'],
  [/^file name, date only/, 'name-day'],
  [/^file name/, 'name'],
  [/GPS/, 'gps'],
  [/json|takeout/i, 'takeout'],
  [/sidecar|\.xmp/i, 'sidecar'],
  [/^XMP|^IPTC/, 'edited'],
  [/QuickTime/, 'video'],
  [/CreateDate|Digitized|PNG/, 'digitized'],
  [/DateTimeOriginal/, 'camera'],
];

// sourceOf names the kind.
export function sourceOf(source) {
  return sources.find(([words]) => words.test(source))?.[1] ?? 'other';
}

function taken(when, picture) {
  const local = when?.local ?? picture.t;
  if (!local) return fact('calendar', t('info.undated'), t('info.undated.why'));
  const zone = when?.offset ? ` (UTC${when.offset})` : '';
  const why = when?.source ? t(`taken.${sourceOf(when.source)}`, {source: when.source}) : '';
  const el = fact('calendar', dates.fullDay(local), `${dates.time(local)}${zone}`);
  if (why) el.lastChild.append(h('p', {class: 'muted small', title: when.source}, why));
  return el;
}

const camera = ({make, model}) => (model && make && !model.toLowerCase().startsWith(make.toLowerCase()) ? `${make} ${model}` : model || make || '');

function measures(show, picture) {
  const parts = [];
  const [w, v] = picture.w ? [picture.w, picture.h] : [show.width, show.height];
  if (w && v) parts.push(`${w} × ${v}`);
  if (w && v && w * v >= 1e6 && picture.type.startsWith('image/')) parts.push(t('info.megapixels', {n: Math.round((w * v) / 1e5) / 10}));
  if (show.durationSeconds) parts.push(dates.duration(show.durationSeconds));
  parts.push(bytes(show.size), (show.type ?? '').replace(/^.*\/(x-)?/, '').toUpperCase());
  return parts.filter(Boolean).join(' · ');
}

function place(gps) {
  if (!gps) return null;
  const degrees = (v, letters) => `${Math.abs(v).toFixed(5)}° ${t(`info.${letters[v < 0 ? 1 : 0]}`)}`;
  const text = `${degrees(gps.latitude, ['north', 'south'])}, ${degrees(gps.longitude, ['east', 'west'])}`;
  const el = fact('place', text, '');
  el.lastChild.append(h('a', {class: 'small', href: `/map?at=${gps.latitude.toFixed(5)},${gps.longitude.toFixed(5)}`}, t('info.map')));
  return el;
}

function members(show, picture) {
  const ids = show.group?.members ?? [];
  if (ids.length < 2) return null;
  const links = ids
    .slice(0, 60)
    .map((id, i) =>
      h(
        'a',
        {href: api.originalURL(id), target: '_blank', rel: 'noopener', class: 'info-member', 'aria-current': id === picture.id ? 'true' : null},
        h('img', {src: api.thumbURL(id), alt: t('info.member', {at: i + 1, n: ids.length}), loading: 'lazy', width: 72, height: 72}),
      ),
    );
  return part(t(`info.group.${show.group.kind}`, {n: ids.length}), h('div', {class: 'info-members'}, links));
}

function others(show) {
  const links = [];
  if (show.payload) links.push(h('a', {class: 'chip', href: `/search?same=${show.hash}`}, icon('copies', 'icon-s'), t('info.same')));
  if (show.look) links.push(h('a', {class: 'chip', href: `/search?like=${show.hash}`}, icon('similar', 'icon-s'), t('info.like')));
  return links.length ? h('div', {class: 'info-part row'}, links) : null;
}

const most = 12;

function names(list) {
  if (!list?.length) return null;
  const more = list.length - most;
  return part(
    t('info.names'),
    h(
      'ul',
      {class: 'stack-s'},
      list
        .slice(0, most)
        .map((n) =>
          h('li', {class: 'small'}, h('span', {class: 'path'}, n.path), h('br'), h('span', {class: 'muted'}, [n.device, n.folder].filter(Boolean).join(' · '))),
        ),
    ),
    more > 0 && h('p', {class: 'muted small'}, t('info.more', {n: more})),
  );
}

function holders(copies) {
  if (!copies) return null;
  const state = (o) => (o.verified ? t('info.verified', {ago: ago(o.verified)}) : t('info.unverified'));
  return part(
    t('info.copies', {n: copies.copies}),
    h(
      'ul',
      {class: 'stack-s'},
      (copies.holders ?? []).map((o) =>
        h(
          'li',
          {class: 'info-holder'},
          h('span', {class: 'dot', data: {tone: o.online || o.self ? 'good' : 'quiet'}}),
          h(
            'div',
            {},
            h('p', {class: 'strong'}, o.self ? t('info.self', {device: o.device}) : o.device),
            h(
              'p',
              {class: 'muted small', title: o.verified ? dates.instant(o.verified) : ''},
              state(o),
              o.counted ? '' : ` · ${t('info.uncounted')}`,
              o.away ? ` · ${t('info.away')}` : '',
            ),
          ),
        ),
      ),
    ),
    copies.wanted > copies.copies && !copies.kept && h('p', {class: 'small info-short'}, t('info.short', {n: copies.wanted})),
  );
}
