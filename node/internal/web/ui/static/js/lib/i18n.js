// Texts, numbers and times in the language of the page.

/** The page's language: "en", "de". */
export const lang = document.documentElement.lang || 'en';

const {default: texts} = await import(`../../text/${lang}.js`);
const forms = new Intl.PluralRules(lang);
const numbers = new Intl.NumberFormat(lang);
const relative = new Intl.RelativeTimeFormat(lang, {numeric: 'auto'});

/**
 * The text of a key with its {placeholders} filled in; numbers are written with
 * separators, and n chooses the plural: t(KEY, {n: 1204}).
 */
export function t(key, values = {}) {
  const text = texts[key];
  if (text === undefined) throw new Error(`there is no text ${key}`);
  const said = typeof text === 'string' ? text : text[forms.select(values.n)] ?? text.other;
  return said.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? numbers.format(value) : String(value);
  });
}

/** A text with a capital first letter. */
export const sentence = (text) => text.charAt(0).toLocaleUpperCase(lang) + text.slice(1);

/** A number with separators. */
export const number = (n) => numbers.format(n);

/** Bytes in the units in which disks are sold: 5.7 GB. */
export function bytes(n) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'];
  let i = 0;
  for (; n >= 999.5 && i < units.length - 1; i++) n /= 1000;
  const digits = i > 0 && n < 9.95 ? 1 : 0;
  return new Intl.NumberFormat(lang, {style: 'unit', unit: units[i], unitDisplay: i ? 'short' : 'narrow', maximumFractionDigits: digits}).format(n);
}

/** A date: date(d, {dateStyle: 'long'}); d is a Date or text that Date reads. */
export const date = (d, options = {dateStyle: 'medium', timeStyle: 'short'}) => new Intl.DateTimeFormat(lang, options).format(new Date(d));

/** How long ago a time was: "3 minutes ago". */
export function ago(then, now = Date.now()) {
  const seconds = Math.round((new Date(then) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return t('time.now');
  if (size < 90 * 60) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 36 * 3600) return relative.format(Math.round(seconds / 3600), 'hour');
  if (size < 60 * 86400) return relative.format(Math.round(seconds / 86400), 'day');
  return relative.format(Math.round(seconds / (30.44 * 86400)), 'month');
}

/** Seconds for people: "45 seconds", "12 minutes", "3 hours". */
export function duration(seconds) {
  const unit = (n, name) => new Intl.NumberFormat(lang, {style: 'unit', unit: name, unitDisplay: 'long', maximumFractionDigits: 0}).format(n);
  if (seconds < 90) return unit(seconds, 'second');
  if (seconds < 90 * 60) return unit(seconds / 60, 'minute');
  if (seconds < 36 * 3600) return unit(seconds / 3600, 'hour');
  return unit(seconds / 86400, 'day');
}
