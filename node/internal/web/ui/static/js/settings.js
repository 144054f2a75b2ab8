import './frame.js';
import {$, h, icon} from './lib/dom.js';
import {t, ago} from './lib/i18n.js';
import {get, put, del} from './lib/http.js';
import {toast, complain} from './lib/toast.js';

const year = 365 * 86400;
const remember = (name, value) => {
  document.cookie = `homeroll-${name}=${value}; path=/; max-age=${value ? year : 0}; samesite=strict`;
};

for (const input of document.querySelectorAll('input[name="theme"]')) {
  input.addEventListener('change', () => {
    remember('theme', input.value);
    if (input.value) document.documentElement.dataset.theme = input.value;
    else delete document.documentElement.dataset.theme;
  });
}

$('#language').addEventListener('change', (event) => {
  remember('language', event.target.value);
  location.reload();
});

$('#copies-save').addEventListener('click', async () => {
  try {
    await put('settings', {key: 'copies.wanted', value: $('#copies').value});
    toast(t('settings.saved'));
  } catch (error) {
    complain(error);
  }
});

$('#password').addEventListener('submit', async (event) => {
  event.preventDefault();
  const say = $('#password-error');
  say.hidden = true;
  try {
    await put('password', {old: $('#old').value, new: $('#new').value});
    event.target.reset();
    toast(t('settings.password-done'));
    sessions();
  } catch (error) {
    say.textContent = [error.message, error.hint].filter(Boolean).join('. ');
    say.hidden = false;
  }
});

$('#end-others').addEventListener('click', async () => {
  try {
    await del('sessions');
    toast(t('settings.ended'));
    sessions();
  } catch (error) {
    complain(error);
  }
});

async function end(session) {
  try {
    await del(`sessions/${encodeURIComponent(session.id)}`);
    toast(t('settings.ended'));
    sessions();
  } catch (error) {
    complain(error);
  }
}

// What a browser says it is, in the few words that tell it from others.
function browser(label) {
  const found = (names) => names.find(([pattern]) => pattern.test(label))?.[1];
  const what = found([[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrom(e|ium)\//, 'Chrome'], [/Safari\//, 'Safari']]);
  const where = found([[/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Macintosh/, 'Mac'], [/Linux/, 'Linux']]);
  return [what, where].filter(Boolean).join(', ') || label.slice(0, 60) || t('settings.unknown-browser');
}

async function sessions() {
  let doc;
  try {
    doc = await get('sessions');
  } catch (error) {
    complain(error);
    return;
  }
  $('#password-old').hidden = !doc.password || doc.fresh;
  $('#password-state').textContent = doc.password ? t('settings.password-is-set') : t('settings.password-text');
  $('#end-others').hidden = doc.sessions.length < 2;
  $('#sessions').replaceChildren(...doc.sessions.map((session) => {
    const name = browser(session.label);
    return h('li', {class: 'item'},
      h('span', {class: 'item-icon'}, icon(/iPhone|Android/.test(session.label) ? 'phone' : 'laptop')),
      h('div', {class: 'item-text'},
        h('p', {class: 'item-title'}, name, session.this && h('span', {class: 'badge', data: {tone: 'good'}}, t('settings.this-session'))),
        h('p', {class: 'muted small'}, t('settings.session-seen', {time: ago(session.seen), from: session.from}))),
      !session.this && h('div', {class: 'item-tools'}, h('button', {class: 'button button-quiet', type: 'button', onclick: () => end(session), 'aria-label': t('settings.end-named', {name})}, t('settings.end'))));
  }));
}

sessions();
