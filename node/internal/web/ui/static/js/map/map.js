// The map itself, on Leaflet: land that the node serves, and heaps of pictures.
import '../../vendor/leaflet/leaflet.js';
import {$, h, icon} from '../lib/dom.js';
import {get} from '../lib/http.js';
import {number, t} from '../lib/i18n.js';
import {complain} from '../lib/toast.js';
import {thumbURL} from '../pictures/api.js';
import {decode} from './world.js';

const {L} = window;
const atlas = new URL('../../vendor/world-atlas/', import.meta.url).pathname;
const fine = 4;       // from this zoom on, the finer coasts
const closest = 15;
const cell = 110;     // pixels of a heap
const memory = 'homeroll-map';

export function show(root) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const map = L.map(root, {
    zoomControl: false, attributionControl: false, minZoom: 2, maxZoom: closest, maxBounds: [[-86, -230], [86, 230]], maxBoundsViscosity: 0.8,
    zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm, renderer: L.canvas({padding: 0.4}),
  });
  L.control.zoom({zoomInTitle: t('map.in'), zoomOutTitle: t('map.out'), position: 'topleft'}).addTo(map);
  L.control.attribution({prefix: false}).addAttribution(t('map.credit')).addTo(map);
  const seen = recall();
  if (seen) map.setView(seen.at, seen.zoom);
  else map.setView([25, 10], 2);
  const world = new World(map, root);
  const spots = new Spots(map);
  map.on('moveend', () => {
    keep({at: map.getCenter(), zoom: map.getZoom()});
    void world.look();
    spots.later();
  });
  void world.look();
  void spots.begin(!seen);
}

// World draws land and borders, coarse first.
class World {
  #grain = '';
  #layers = [];

  constructor(map, root) {
    Object.assign(this, {map, root});
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#dress());
  }

  async look() {
    const grain = this.map.getZoom() >= fine ? '50m' : '110m';
    if (this.#grain === '50m' || this.#grain === grain) return;
    this.#grain = grain;
    try {
      const answer = await fetch(`${atlas}countries-${grain}.json`);
      const {land, borders} = decode(await answer.json());
      if (this.#grain !== grain) return;
      for (const layer of this.#layers) layer.remove();
      this.#layers = [L.polygon(land, {interactive: false, weight: 1, fillOpacity: 1}), L.polyline(borders, {interactive: false, weight: 1})];
      this.#dress();
      for (const layer of this.#layers) layer.addTo(this.map);
    } catch (error) {
      this.#grain = '';
      complain(error);
    }
  }

  #dress() {
    const style = getComputedStyle(this.root);
    const colour = (name) => style.getPropertyValue(name).trim();
    const [land, borders] = this.#layers;
    land?.setStyle({color: colour('--shore'), fillColor: colour('--land')});
    borders?.setStyle({color: colour('--border')});
  }
}

// Spots shows heaps of pictures, and what can be done with those in view.
class Spots {
  #timer = 0;
  #asking = null;
  #layer;

  constructor(map) {
    this.map = map;
    this.#layer = L.layerGroup().addTo(map);
    $('#map-show').addEventListener('click', () => location.assign(addressOf(this.#view())));
  }

  later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#load(), 120);
  }

  // begin fits the map to all pictures, unless it was looked at before.
  async begin(fit) {
    const all = await this.#ask({south: -90, west: -180, north: 90, east: 180}, 16, 12);
    if (!all) return;
    if (!all.length) {
      say(t('map.none'));
      return;
    }
    if (fit) this.map.fitBounds(L.latLngBounds(all.flatMap(({area: a}) => [[a.south, a.west], [a.north, a.east]])), {padding: [60, 60], maxZoom: 8, animate: false});
    await this.#load();
  }

  #view() {
    const b = this.map.getBounds();
    const within = (n, most) => Math.max(-most, Math.min(most, n));
    return {south: within(b.getSouth(), 89.9), west: within(b.getWest(), 180), north: within(b.getNorth(), 90), east: within(b.getEast(), 180)};
  }

  async #ask(area, columns, rows) {
    this.#asking?.abort();
    this.#asking = new AbortController();
    try {
      const query = new URLSearchParams({area: textOf(area), columns: String(columns), rows: String(rows)});
      return (await get(`map?${query}`, {signal: this.#asking.signal})).spots;
    } catch (error) {
      if (error.name !== 'AbortError') complain(error);
      return null;
    }
  }

  async #load() {
    const size = this.map.getSize();
    const cells = (pixels) => Math.max(1, Math.min(48, Math.round(pixels / cell)));
    const spots = await this.#ask(this.#view(), cells(size.x), cells(size.y));
    if (!spots) return;
    const focused = document.activeElement?.dataset?.key;
    this.#layer.clearLayers();
    for (const spot of spots) this.#put(spot);
    if (focused) document.querySelector(`.spot[data-key="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
    const n = spots.reduce((sum, s) => sum + s.n, 0);
    const button = $('#map-show');
    button.hidden = !n;
    button.replaceChildren(icon('photos'), t('map.show', {n}));
    say(n ? '' : t('map.nothing'));
  }

  #put(spot) {
    const side = Math.min(76, 52 + Math.round(Math.log10(spot.n + 1) * 8));
    const inside = h('div', {class: 'spot-in'}, h('img', {src: thumbURL(spot.cover), alt: '', loading: 'lazy', draggable: false}), spot.n > 1 && h('span', {class: 'spot-count'}, number(spot.n)));
    const label = t('map.spot', {n: spot.n});
    const marker = L.marker([spot.lat, spot.lon], {icon: L.divIcon({className: 'spot', html: inside, iconSize: [side, side]}), alt: label, title: label, riseOnHover: true});
    const open = () => this.#open(spot);
    marker.on('click', open).on('keypress', (e) => { if (e.originalEvent.key === 'Enter' || e.originalEvent.key === ' ') open(); });
    marker.addTo(this.#layer);
    const element = marker.getElement();
    element.dataset.key = spot.cover;
    element.setAttribute('aria-label', label);
  }

  // open goes closer where a heap is spread out, and else shows its pictures.
  #open({n, area: a}) {
    const bounds = L.latLngBounds([a.south, a.west], [a.north, a.east]);
    const closer = this.map.getBoundsZoom(bounds.pad(0.3));
    if (n > 1 && this.map.getZoom() < closest && Math.max(a.north - a.south, a.east - a.west) > 0.0005) {
      this.map.flyToBounds(bounds.pad(0.3), {maxZoom: Math.max(this.map.getZoom() + 1, Math.min(closer, closest)), duration: 0.6});
      return;
    }
    const edge = 0.00005; // some metres, for a heap at one place
    location.assign(addressOf({south: a.south - edge, west: a.west - edge, north: a.north + edge, east: a.east + edge}));
  }
}

const textOf = (a) => [a.south, a.west, a.north, a.east].map((n) => n.toFixed(6)).join(',');
const addressOf = (a) => `/map?area=${textOf(a)}`;

function say(text) {
  const place = $('#map-say');
  place.textContent = text;
  place.hidden = !text;
}

function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(memory));
  } catch {
    return null;
  }
}

function keep(view) {
  try {
    sessionStorage.setItem(memory, JSON.stringify(view));
  } catch {
    // A browser without memory begins with all pictures.
  }
}
