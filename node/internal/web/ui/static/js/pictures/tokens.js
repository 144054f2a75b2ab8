// What is typed into the search box, taken apart: words and key:value, where
// quotation marks hold together what has spaces.

const piece = /(-?\p{L}+:)?(?:"([^"]*)"?|(\S+))/gu;

// split returns {text, key, value} of each part; key is '' for a word.
export function split(query) {
  const parts = [];
  for (const [text, key = '', quoted, plain] of query.matchAll(piece)) {
    const value = quoted ?? plain ?? '';
    if (!key && quoted === undefined && /^\p{L}+:$/u.test(plain)) continue; // a key alone
    if (value) parts.push({text, key: key.slice(0, -1).toLowerCase(), value});
  }
  return parts;
}

// without is the query less one of its parts.
export function without(query, at) {
  return split(query)
    .filter((_, i) => i !== at)
    .map((p) => p.text)
    .join(' ');
}
