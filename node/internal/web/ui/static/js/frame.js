// What every page does. A page's own module imports it first.
import {$} from './lib/dom.js';

// "/" goes to the search box, as on other pages of pictures.
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.('input, textarea, select, [contenteditable], dialog')) return;
  const box = $('.search-input');
  if (!box) return;
  event.preventDefault();
  box.focus();
});
