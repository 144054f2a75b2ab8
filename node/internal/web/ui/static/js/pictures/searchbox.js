// The search box: suggestions while one types, as a combobox. "/" goes to it.
import {$, h, icon} from '../lib/dom.js';
import {number, t} from '../lib/i18n.js';
import * as api from './api.js';

const pause = 120; // milliseconds after the last key
const marks = {
  device: 'devices',
  folder: 'folder',
  camera: 'camera',
  lens: 'lens',
  type: 'file',
  place: 'place',
  album: 'albums',
  name: 'file',
  date: 'calendar',
  is: 'heart',
};

export function searchBox(input = $('.search-input')) {
  if (!input) return;
  const list = h('ul', {class: 'suggest', id: 'suggest', role: 'listbox', 'aria-label': t('search.suggestions'), hidden: true});
  input.closest('form').append(list);
  for (const [name, value] of Object.entries({role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'suggest', 'aria-autocomplete': 'list'}))
    input.setAttribute(name, value);
  let timer = 0;
  let asking = null;
  let at = -1;
  let typed = input.value;

  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const choose = (query) => {
    input.value = query;
    close();
    input.form.requestSubmit();
  };
  const draw = (found) => {
    at = -1;
    list.replaceChildren(
      ...found.map((s, i) =>
        h(
          'li',
          {class: 'suggestion', id: `suggest-${i}`, role: 'option', 'aria-selected': 'false', data: {query: s.query}},
          icon(marks[s.kind] ?? 'search', 'icon-s'),
          h('span', {class: 'suggestion-text'}, s.text),
          s.count ? h('span', {class: 'muted small nums'}, number(s.count)) : null,
        ),
      ),
    );
    list.hidden = !found.length;
    input.setAttribute('aria-expanded', String(found.length > 0));
  };
  const ask = async () => {
    asking?.abort();
    const mine = (asking = new AbortController());
    try {
      const found = await api.suggest(input.value, mine.signal);
      if (!mine.signal.aborted && document.activeElement === input) draw(found);
    } catch {
      if (!mine.signal.aborted) close(); // searching works without
    }
  };
  const move = (to) => {
    const {children} = list;
    if (!children.length) return;
    children[at]?.setAttribute('aria-selected', 'false');
    at = (to + children.length + 1) % (children.length + 1);
    const chosen = children[at]; // none, after the last: what was typed
    chosen?.setAttribute('aria-selected', 'true');
    chosen?.scrollIntoView({block: 'nearest'});
    input.value = chosen ? chosen.dataset.query : typed;
    if (chosen) input.setAttribute('aria-activedescendant', chosen.id);
    else {
      at = -1;
      input.removeAttribute('aria-activedescendant');
    }
  };

  input.addEventListener('input', () => {
    typed = input.value;
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  });
  input.addEventListener('focus', () => {
    typed = input.value;
    void ask();
  });
  input.addEventListener('blur', () => setTimeout(close, 100));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) void ask();
      else move(event.key === 'ArrowDown' ? at + 1 : at < 0 ? list.children.length - 1 : at - 1 < 0 ? list.children.length : at - 1);
    } else if (event.key === 'Escape') {
      if (!list.hidden) {
        event.preventDefault();
        input.value = typed;
        close();
      } else input.blur();
    }
  });
  list.addEventListener('pointerdown', (event) => {
    event.preventDefault(); // the focus stays in the box
    const option = event.target.closest('.suggestion');
    if (option) choose(option.dataset.query);
  });
  input.form.addEventListener('submit', (event) => {
    close();
    if (!input.value.trim()) event.preventDefault();
  });
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, textarea, select, dialog, .pswp')) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}
