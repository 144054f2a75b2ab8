// Scrubber is the strip at the side of a timeline: years from top to bottom, as
// high as their pictures; any date is one press, drag or key away.
import {h} from '../lib/dom.js';
import {t} from '../lib/i18n.js';
import * as dates from './dates.js';

const apart = 22; // pixels between labels of years
const lingers = 1400; // milliseconds that the handle is seen after scrolling

export class Scrubber {
  #timeline;
  #labels = h('div', {class: 'scrub-years', 'aria-hidden': 'true'});
  #bubble = h('span', {class: 'scrub-bubble', 'aria-hidden': 'true'});
  #handle = h('div', {class: 'scrub-handle', 'aria-hidden': 'true'}, this.#bubble);
  #el = h(
    'div',
    {
      class: 'scrub',
      role: 'slider',
      tabIndex: 0,
      'aria-orientation': 'vertical',
      'aria-label': t('pictures.scrub'),
      'aria-valuemin': '0',
      'aria-valuemax': '0',
      'aria-valuenow': '0',
    },
    this.#labels,
    this.#handle,
  );
  #drawn = ''; // what the labels were drawn from
  #dragging = false;
  #grip = 0; // pixels from the handle's middle to the finger that holds it
  #at = 0; // of the handle, 0 to 1
  #timer = 0;
  #top = null; // place in the plan that was shown last
  #height = 0;

  constructor(timeline) {
    this.#timeline = timeline;
    timeline.root.after(this.#el);
    timeline.addEventListener('look', (e) => this.#look(e.detail.top));
    const observer = new ResizeObserver(([entry]) => {
      this.#height = entry.contentRect.height;
      timeline.draw();
    });
    observer.observe(this.#el);
    this.#point();
    this.#el.addEventListener('keydown', (event) => this.#key(event));
  }

  #point() {
    const el = this.#el;
    el.addEventListener('pointerdown', (event) => {
      if (event.button) return;
      event.preventDefault();
      if (event.pointerType === 'mouse') el.focus({preventScroll: true});
      el.setPointerCapture(event.pointerId);
      this.#dragging = true;
      el.classList.add('is-dragging');
      const box = el.getBoundingClientRect();
      this.#grip = event.target.closest('.scrub-handle') ? event.clientY - box.top - this.#at * box.height : 0;
      if (!this.#grip) this.#go(event);
    });
    el.addEventListener(
      'pointermove',
      (event) => {
        if (this.#dragging) this.#go(event);
        else if (event.pointerType === 'mouse') this.#hover(event);
      },
      {passive: true},
    );
    for (const end of ['pointerup', 'pointercancel'])
      el.addEventListener(end, () => {
        this.#dragging = false;
        el.classList.remove('is-dragging');
        this.#timeline.draw();
      });
    el.addEventListener('pointerleave', () => {
      if (!this.#dragging) el.classList.remove('is-hovered');
      this.#timeline.draw();
    });
  }

  #share(event) {
    const box = this.#el.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientY - box.top - (this.#dragging ? this.#grip : 0)) / box.height));
  }

  #go(event) {
    this.#timeline.jump(this.#share(event) * this.#reach());
  }

  // hover says which month is under the mouse.
  #hover(event) {
    const share = this.#share(event);
    this.#el.classList.add('is-hovered');
    this.#set(share, share * this.#reach());
  }

  // reach is how far the plan can be scrolled.
  #reach() {
    return Math.max(1, this.#timeline.plan.height - innerHeight * 0.7);
  }

  #look(top) {
    const {library, plan} = this.#timeline;
    const useful = plan.height > innerHeight * 1.8 && library.months.length > 1;
    this.#el.hidden = !useful;
    if (!useful) return;
    this.#draw();
    if (this.#el.classList.contains('is-hovered') && !this.#dragging) return;
    this.#set(Math.min(1, Math.max(0, top / this.#reach())), top + this.#timeline.inset());
    if (top === this.#top) return;
    this.#el.classList.toggle('is-moving', this.#top !== null);
    this.#top = top;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#el.classList.remove('is-moving'), lingers);
  }

  #set(share, y) {
    const {library, plan} = this.#timeline;
    const index = plan.at(y);
    this.#at = share;
    const name = this.#nameOf(library.months[index]);
    this.#handle.style.transform = `translateY(${share * this.#height}px)`;
    if (this.#bubble.textContent !== name) this.#bubble.textContent = name;
    if (this.#el.getAttribute('aria-valuetext') === name) return;
    this.#el.setAttribute('aria-valuemax', String(library.months.length - 1));
    this.#el.setAttribute('aria-valuenow', String(index));
    this.#el.setAttribute('aria-valuetext', name);
  }

  #nameOf(month) {
    return dates.monthName(month) || t('pictures.undated');
  }

  // draw sets the labels of years where these begin, as far as there is room.
  #draw() {
    const {library, plan} = this.#timeline;
    const from = `${library.months.length} ${Math.round(plan.height)} ${this.#height}`;
    if (from === this.#drawn) return;
    this.#drawn = from;
    const labels = [];
    let last = -apart;
    let year = null;
    library.months.forEach((m, i) => {
      if (m.year === year || !m.year) return;
      year = m.year;
      const y = (plan.top(i) / this.#reach()) * this.#height;
      if (y - last < apart || y > this.#height - 8) return;
      last = y;
      const el = h('span', {}, String(year));
      el.style.transform = `translateY(${y}px)`;
      labels.push(el);
    });
    this.#labels.replaceChildren(...labels);
  }

  #key(event) {
    const {library, plan} = this.#timeline;
    const now = Number(this.#el.getAttribute('aria-valuenow'));
    const last = library.months.length - 1;
    const to = {
      ArrowDown: now + 1,
      ArrowRight: now + 1,
      ArrowUp: now - 1,
      ArrowLeft: now - 1,
      PageDown: now + 12,
      PageUp: now - 12,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = Math.min(last, Math.max(0, to));
    this.#timeline.jump(index ? plan.top(index) - this.#timeline.inset() + 1 : 0);
  }
}
