// Sends one file in pieces (tus 1.0). What broke off goes on where it was.
import {HomeError, get} from '../lib/http.js';
import {t} from '../lib/i18n.js';

const base = '/api/v1/uploads';
const piece = 16 << 20; // bytes of one request
const kind = 'application/offset+octet-stream';

/** A file that is being sent; onprogress(bytes) is told how much the node has. */
export class Upload {
  url = '';
  sent = 0;
  #request = null;
  #stopped = false;

  constructor(file, path, onprogress) {
    Object.assign(this, {file, path, onprogress});
  }

  /** Sends all of it, and returns what became of it ({state, message, hint, item}). */
  async run() {
    this.#stopped = false;
    if (this.url) await this.#find();
    if (!this.url) await this.#begin();
    while (this.sent < this.file.size) await this.#piece();
    return get(this.url);
  }

  /** Stops sending; run goes on. */
  stop() {
    this.#stopped = true;
    this.#request?.abort();
  }

  /** Has the node forget what there is of it. */
  async forget() {
    if (this.url) await this.#ask('DELETE', this.url, {}).catch(() => {});
  }

  async #begin() {
    const head = {'Upload-Length': String(this.file.size), 'Upload-Metadata': metadata({filename: this.path, filetype: this.file.type, lastModified: String(this.file.lastModified)})};
    const whole = this.file.size <= piece;
    if (whole) head['Content-Type'] = kind;
    const request = await this.#ask('POST', base, head, whole ? this.file : null);
    this.url = new URL(request.getResponseHeader('Location') || this.url, location.href).pathname;
    this.#at(whole ? this.file.size : 0);
  }

  async #find() {
    try {
      const request = await this.#ask('HEAD', this.url, {});
      this.#at(Number(request.getResponseHeader('Upload-Offset')));
    } catch (error) {
      if (error.status !== 404) throw error;
      this.url = '';
      this.#at(0);
    }
  }

  async #piece() {
    const request = await this.#ask('PATCH', this.url, {'Content-Type': kind, 'Upload-Offset': String(this.sent)}, this.file.slice(this.sent, this.sent + piece));
    this.#at(Number(request.getResponseHeader('Upload-Offset')));
  }

  #at(offset) {
    this.sent = offset;
    this.onprogress(offset);
  }

  #ask(method, url, headers, body = null) {
    return new Promise((resolve, reject) => {
      if (this.#stopped) {
        reject(stopped());
        return;
      }
      const request = new XMLHttpRequest();
      this.#request = request;
      request.open(method, url);
      for (const [name, value] of Object.entries({'Tus-Resumable': '1.0.0', 'X-Homeroll': '1', ...headers})) request.setRequestHeader(name, value);
      const from = this.sent;
      if (body) request.upload.onprogress = (event) => this.onprogress(from + event.loaded);
      request.onload = () => {
        const at = request.getResponseHeader('Location');
        if (at) this.url = new URL(at, location.href).pathname;
        // What was refused, or cannot be kept now, is whole: what became of it is asked for.
        if (request.status < 300 || this.url && request.getResponseHeader('Upload-Offset') === String(this.file.size)) resolve(request);
        else reject(refusal(request));
      };
      request.onerror = () => reject(new HomeError({message: t('error.offline'), hint: t('error.offline-hint')}));
      request.onabort = () => reject(stopped());
      request.send(body);
    });
  }
}

const stopped = () => Object.assign(new Error('stopped'), {name: 'AbortError'});

function refusal(request) {
  if (request.status === 401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
  let doc = null;
  try {
    doc = JSON.parse(request.responseText);
  } catch {
    // not of the node itself
  }
  if (doc?.type === 'error') return new HomeError({...doc, status: request.status});
  return new HomeError({message: t('error.answer', {status: String(request.status)}), status: request.status});
}

const metadata = (pairs) => Object.entries(pairs).filter(([, value]) => value).map(([key, value]) => `${key} ${base64(value)}`).join(',');

function base64(text) {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}
