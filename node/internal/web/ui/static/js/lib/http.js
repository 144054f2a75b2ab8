// Speaking to the node: documents of /api/v1/ (docs/api.md).
import {t, sentence} from './i18n.js';

/** What the node, or the way to it, says went wrong: message and hint are for people. */
export class HomeError extends Error {
  constructor({message, hint = '', code = 1, status = 0}) {
    super(sentence(message));
    this.name = 'HomeError';
    Object.assign(this, {hint: sentence(hint), code, status});
  }
}

const base = '/api/v1/';

/** GET of a document; options: {signal}. */
export const get = (path, options) => call('GET', path, undefined, options);
export const post = (path, body = {}, options) => call('POST', path, body, options);
export const put = (path, body, options) => call('PUT', path, body, options);
export const patch = (path, body, options) => call('PATCH', path, body, options);
export const del = (path, options) => call('DELETE', path, undefined, options);

/**
 * A request whose answer grows line by line: calls onLine(document) for each and
 * resolves when the answer ends. A line of type "error" rejects.
 */
export async function lines(path, body, onLine, {signal} = {}) {
  const response = await send('POST', path, body, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {done, value} = await reader.read().catch(gone);
    rest += value || '';
    const whole = rest.split('\n');
    rest = done ? '' : whole.pop();
    for (const line of whole) {
      if (!line.trim()) continue;
      const doc = JSON.parse(line);
      if (doc.type === 'error') throw new HomeError(doc);
      onLine(doc);
    }
    if (done) return;
  }
}

async function call(method, path, body, {signal} = {}) {
  const response = await send(method, path, body, signal);
  return response.status === 204 ? null : response.json();
}

async function send(method, path, body, signal) {
  const headers = {Accept: 'application/json'};
  if (method !== 'GET') headers['X-Homeroll'] = '1';
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch(path.startsWith('/') ? path : base + path, {
    method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body), credentials: 'same-origin',
  }).catch(gone);
  if (response.ok) return response;
  if (response.status === 401 && !location.pathname.startsWith('/sign-in')) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  throw await refusal(response);
}

async function refusal(response) {
  const doc = await response.json().catch(() => null);
  if (doc?.type === 'error') return new HomeError({...doc, status: response.status});
  return new HomeError({message: t('error.answer', {status: String(response.status)}), status: response.status});
}

function gone(error) {
  if (error.name === 'AbortError') throw error;
  throw new HomeError({message: t('error.offline'), hint: t('error.offline-hint')});
}
