// What the pictures ask of the node.

import {get, post, put, patch, del} from '../lib/http.js';

const query = (filter) => (filter ? `?${filter}` : '');

export const months = async (filter) => (await get(`timeline${query(filter)}`)).months ?? [];
export const pictures = async (key, filter, options) => (await get(`timeline/${key}${query(filter)}`, options)).pictures ?? [];

const of = (id) => `items/${encodeURIComponent(id)}`;

export const item = (id, signal) => get(of(id), {signal});
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
export const zip = async (what) => (await post('zip', what)).url;

export const thumbURL = (id) => `/media/${id}/thumb`;
export const previewURL = (id) => `/media/${id}/preview`;
export const fullURL = (id) => `/media/${id}/full`;
export const originalURL = (id) => `/media/${id}/original`;
export const downloadURL = (id) => `/media/${id}/original?download=1`;
export const motionURL = (id) => `/media/${id}/motion`;

// keepPoster sends the frame that this browser drew of a video, and returns
// whether it was taken.
export async function keepPoster(id, jpeg) {
  const answer = await fetch(`/media/${id}/poster`, {method: 'PUT', headers: {'X-Homeroll': '1', 'Content-Type': 'image/jpeg'}, body: jpeg});
  return answer.ok;
}
