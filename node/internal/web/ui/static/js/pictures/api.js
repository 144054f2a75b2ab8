// What the pictures ask of the node.

import {get, post, put, patch, del} from '../lib/http.js';

const query = (filter) => (filter ? `?${filter}` : '');

// Where a guest looks at a share, all addresses are those of the share.
export const shared = document.querySelector('[data-share]')?.dataset.share ?? '';
const at = (path) => (shared ? `${shared}/${path}` : path);

export const months = async (filter) => (await get(at(`timeline${query(filter)}`))).months ?? [];
export const pictures = async (key, filter, options) => (await get(at(`timeline/${key}${query(filter)}`), options)).pictures ?? [];

const of = (id) => `items/${encodeURIComponent(id)}`;

export const item = (id, signal) => get(at(of(id)), {signal});
export const suggest = async (text, signal) => (await get(`suggest?q=${encodeURIComponent(text)}`, {signal})).suggestions ?? [];
export const albums = async () => (await get('albums')).albums ?? [];
export const album = async (id) => (await get(`albums/${encodeURIComponent(id)}`)).album;
export const newAlbum = async (title) => (await post('albums', {title})).album;
export const changeAlbum = (id, change) => patch(`albums/${encodeURIComponent(id)}`, change);
export const deleteAlbum = (id) => del(`albums/${encodeURIComponent(id)}`);
export const albumItems = (id, add, remove) => post(`albums/${encodeURIComponent(id)}/items`, {add, remove});
export const favourite = (ids, on) => post('favourites', {ids, on});
export const caption = (id, text) => put(`${of(id)}/caption`, {text});
export const trash = (ids) => post('trash', {ids});
export const restore = (ids) => post('trash/restore', {ids});
export const emptyTrash = () => post('trash/empty', {});
export const zip = async (what) => (await post(at('zip'), what)).url;

export const photoURL = (id) => (shared ? `${shared}#${id}` : `/photo/${id}`);
export const thumbURL = (id) => `${shared}/media/${id}/thumb`;
export const previewURL = (id) => `${shared}/media/${id}/preview`;
export const fullURL = (id) => `${shared}/media/${id}/full`;
export const originalURL = (id) => `${shared}/media/${id}/original`;
export const downloadURL = (id) => `${shared}/media/${id}/original?download=1`;
export const motionURL = (id) => `${shared}/media/${id}/motion`;

// keepPoster sends the frame that this browser drew of a video, and returns
// whether it was taken.
export async function keepPoster(id, jpeg) {
  if (shared) return false;
  const answer = await fetch(`${shared}/media/${id}/poster`, {method: 'PUT', headers: {'X-Homeroll': '1', 'Content-Type': 'image/jpeg'}, body: jpeg});
  return answer.ok;
}
