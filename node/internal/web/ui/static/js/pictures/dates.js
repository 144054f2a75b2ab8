// Dates in the page's language. Local wall clocks have no zone: they are
// formatted as if they were UTC, so that no browser moves them.
import {lang} from '../lib/i18n.js';

// The reader's own kind of the page's language: British dates in English.
const locale = navigator.languages.find((l) => l.split('-')[0] === lang) ?? lang;

const format = (options) => new Intl.DateTimeFormat(locale, {timeZone: 'UTC', ...options});
const monthLong = format({month: 'long', year: 'numeric'});
const monthShort = format({month: 'short', year: 'numeric'});
const dayThisYear = format({weekday: 'short', day: 'numeric', month: 'short'});
const dayLong = format({weekday: 'long', day: 'numeric', month: 'long', year: 'numeric'});
const dayMiddle = format({day: 'numeric', month: 'long', year: 'numeric'});
const clock = format({hour: '2-digit', minute: '2-digit', second: '2-digit'});
const clockShort = format({hour: '2-digit', minute: '2-digit'});
const moment = new Intl.DateTimeFormat(locale, {dateStyle: 'medium', timeStyle: 'short'});
const number = new Intl.NumberFormat(locale);

// parse reads a local time such as 2024-10-16T11:34:05.7; null: it is none.
function parse(local) {
  const d = new Date(`${local.length === 10 ? `${local}T00:00:00` : local.slice(0, 19)}Z`);
  return Number.isNaN(d.getTime()) ? null : d;
}

const say = (f) => (local) => {
  const d = local ? parse(local) : null;
  return d ? f.format(d) : '';
};

export const day = say(dayThisYear); // Wed, Oct 16
export const fullDay = say(dayLong); // Wednesday, October 16, 2024
export const date = say(dayMiddle); // October 16, 2024
export const time = say(clock);
export const shortTime = say(clockShort);

// monthName is a month of the timeline, such as October 2024; "" if unknown.
export function monthName({year, month}, short = false) {
  return year ? (short ? monthShort : monthLong).format(Date.UTC(year, month - 1, 1)) : '';
}

// instant is a moment of this browser's clock.
export function instant(iso) {
  return moment.format(new Date(iso));
}

export const count = (n) => number.format(n);

// duration is that of a video: 0:34, 1:02:03.
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, '0');
  const rest = `${Math.floor((s % 3600) / 60)}:${two(s % 60)}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}` : rest;
}

// span is what lies between two local days, in few words; '' if unknown.
export function span(from, to) {
  const a = from && parse(from);
  const b = to && parse(to);
  if (!a || !b) return '';
  return format({day: 'numeric', month: 'short', year: 'numeric'}).formatRange(a, b);
}
