// Making and changing elements. Text is always text here: nothing is parsed as
// HTML but what the node itself rendered (see morph).

/** The first element below root that a selector finds. */
export const $ = (selector, root = document) => root.querySelector(selector);

/** All of them, as an array. */
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/**
 * Makes an element: h('button', {class: 'button', onclick: f, disabled: true}, 'Text', child).
 * Names with a dash, class, role and for are attributes; the rest are properties; null
 * and false leave an attribute out. Children may be nested arrays; null and false are skipped.
 */
export function h(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props || {})) {
    if (key === 'class') element.className = value;
    else if (key === 'data') Object.assign(element.dataset, value);
    else if (key.includes('-') || key === 'role' || key === 'for' || key === 'list') {
      if (value !== null && value !== false && value !== undefined) element.setAttribute(key, value);
    } else element[key] = value;
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

const sprite = new URL('../../icons/icons.svg', import.meta.url).pathname;
const svg = 'http://www.w3.org/2000/svg';

/** An icon of icons/icons.svg; without a label it is hidden from screen readers. */
export function icon(name, classes = '', label = '') {
  const element = document.createElementNS(svg, 'svg');
  element.setAttribute('class', `icon ${classes}`.trim());
  if (label) {
    element.setAttribute('role', 'img');
    element.setAttribute('aria-label', label);
  } else element.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(svg, 'use');
  use.setAttribute('href', `${sprite}#${name}`);
  element.append(use);
  return element;
}

/** A round button with an icon and a name for those who cannot see it. */
export function iconButton(name, label, props = {}) {
  return h('button', {type: 'button', title: label, 'aria-label': label, ...props, class: `icon-button ${props.class || ''}`.trim()}, icon(name));
}

/**
 * Calls f(event, element) for events of elements below root that the selector
 * finds, also of those that come later. Returns what ends it.
 */
export function on(root, type, selector, f, options) {
  const listener = (event) => {
    const element = event.target.closest?.(selector);
    if (element && root.contains(element)) f(event, element);
  };
  root.addEventListener(type, listener, options);
  return () => root.removeEventListener(type, listener, options);
}

let live;

/** Says something to screen readers alone, politely. */
export function announce(text) {
  live ||= document.body.appendChild(h('div', {class: 'sr-only', role: 'status', 'aria-live': 'polite'}));
  live.textContent = '';
  requestAnimationFrame(() => { live.textContent = text; });
}

/**
 * Makes element look like HTML that the node rendered, and changes no more than what
 * differs: focus, open details and half-typed input survive.
 */
export function morph(element, html) {
  const wanted = new DOMParser().parseFromString(html, 'text/html').body.firstElementChild;
  if (wanted) morphElement(element, wanted);
}

function morphElement(have, want) {
  for (const {name} of [...have.attributes]) {
    if (!want.hasAttribute(name) && !kept(have, name)) have.removeAttribute(name);
  }
  for (const {name, value} of [...want.attributes]) {
    if (have.getAttribute(name) !== value && !kept(have, name)) have.setAttribute(name, value);
  }
  if (have.tagName === 'PROGRESS' && want.hasAttribute('value')) have.value = want.value;
  if (!have.hasAttribute('data-own')) morphChildren(have, want);
}

// What a person changed is not the node's to change back.
const kept = (element, name) => element.tagName === 'DETAILS' && name === 'open';

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id || node.dataset.key || '' : '');

const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

function morphChildren(have, want) {
  let next = have.firstChild;
  for (const child of [...want.childNodes]) {
    let match = next;
    while (match && !alike(match, child)) match = match.nextSibling;
    if (!match) {
      have.insertBefore(child, next);
      continue;
    }
    if (match !== next && !keyOf(child)) { // an unnamed one is used only where it stands
      if (!next || !alike(next, child)) {
        have.insertBefore(child, next);
        continue;
      }
      match = next;
    }
    if (match !== next) have.insertBefore(match, next);
    else next = next.nextSibling;
    if (child.nodeType === Node.ELEMENT_NODE) morphElement(match, child);
    else if (match.nodeValue !== child.nodeValue) match.nodeValue = child.nodeValue;
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}
