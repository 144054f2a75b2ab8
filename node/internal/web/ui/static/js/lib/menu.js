// Menus that a button opens, in the browser's top layer.
import {h, icon} from './dom.js';

let open = null;

/**
 * Opens a menu at a button: items of {text, icon, run, danger, href, checked}; null is a
 * line. Arrow keys move, Escape closes, focus goes back to the button.
 */
export function menu(button, items) {
  if (open) {
    const again = open.button === button;
    open.close();
    if (again) return;
  }
  const box = h('div', {class: 'menu', role: 'menu', popover: 'auto', 'aria-label': button.getAttribute('aria-label') || button.textContent.trim()},
    items.map((item) => (item ? entry(item, () => box.hidePopover()) : h('div', {class: 'menu-line', role: 'separator'}))));
  const entries = [...box.querySelectorAll('.menu-item')];
  box.addEventListener('keydown', (event) => {
    const at = entries.indexOf(document.activeElement);
    const to = {ArrowDown: at + 1, ArrowUp: at - 1 + entries.length, Home: 0, End: entries.length - 1}[event.key];
    if (to === undefined) {
      if (event.key === 'Tab') box.hidePopover();
      return;
    }
    event.preventDefault();
    entries[to % entries.length].focus();
  });
  box.addEventListener('toggle', (event) => {
    if (event.newState !== 'closed') return;
    const inside = box.contains(document.activeElement) || document.activeElement === document.body;
    button.setAttribute('aria-expanded', 'false');
    open = null;
    box.remove();
    if (inside) button.focus();
  });
  (button.closest('dialog, main, header, nav') || document.body).append(box);
  box.showPopover();
  place(box, button);
  button.setAttribute('aria-haspopup', 'menu');
  button.setAttribute('aria-expanded', 'true');
  open = {button, close: () => box.hidePopover()};
  entries[0]?.focus();
}

function entry(item, close) {
  const parts = [item.icon && icon(item.icon), h('span', {}, item.text), item.checked && icon('check', 'icon-s push')];
  const kind = `menu-item ${item.danger ? 'menu-item-danger' : ''}`.trim();
  if (item.href) return h('a', {class: kind, role: 'menuitem', href: item.href, tabIndex: -1}, parts);
  const run = () => { close(); item.run(); };
  const role = item.checked === undefined ? 'menuitem' : 'menuitemradio';
  return h('button', {class: kind, role, type: 'button', tabIndex: -1, onclick: run, 'aria-checked': item.checked === undefined ? null : String(item.checked)}, parts);
}

// Below the button, or above it where there is more room; never beyond the edges.
function place(box, button) {
  const at = button.getBoundingClientRect();
  const {offsetWidth: width, offsetHeight: height} = box;
  const left = Math.max(8, Math.min(at.right - width, innerWidth - width - 8));
  const below = at.bottom + 4 + height <= innerHeight - 8;
  const top = below ? at.bottom + 4 : Math.max(8, at.top - 4 - height);
  Object.assign(box.style, {position: 'fixed', inset: 'auto', margin: '0', left: `${left}px`, top: `${top}px`});
}
