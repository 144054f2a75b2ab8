// Paints the placeholder of a picture from its thumbhash: a few coefficients of
// a cosine transform for lightness and two colour differences, and for opacity
// if there is any. https://evanw.github.io/thumbhash/ describes the format.

const waves = new Map(); // cosines, by samples

// cosines returns cos(π (i + ½) k / samples) for k < 8, all k of a sample side by side.
function cosines(samples) {
  let table = waves.get(samples);
  if (!table) {
    table = new Float32Array(samples * 8);
    for (let i = 0; i < samples; i++) for (let k = 0; k < 8; k++) table[i * 8 + k] = Math.cos((Math.PI * (i + 0.5) * k) / samples);
    waves.set(samples, table);
  }
  return table;
}

// bytes decodes base64.
export function bytes(base64) {
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

function header(hash) {
  const a = hash[0] | (hash[1] << 8) | (hash[2] << 16);
  const b = hash[3] | (hash[4] << 8);
  const alpha = (a >> 23) & 1;
  const wide = (b >> 15) & 1;
  const long = alpha ? 5 : 7;
  const short = b & 7;
  return {
    alpha,
    columns: Math.max(3, wide ? long : short),
    rows: Math.max(3, wide ? short : long),
    l: (a & 63) / 63,
    p: ((a >> 6) & 63) / 31.5 - 1,
    q: ((a >> 12) & 63) / 31.5 - 1,
    lScale: ((a >> 18) & 31) / 31,
    pScale: (((b >> 3) & 63) / 63) * 1.25, // coarse steps look dull without
    qScale: (((b >> 9) & 63) / 63) * 1.25,
  };
}

// channel reads the coefficients of one channel, a triangle of columns × rows,
// as [column, row, value] triples, and returns how many half bytes it took.
function channel(hash, at, columns, rows, scale, out) {
  out.length = 0;
  for (let row = 0; row < rows; row++)
    for (let column = row ? 0 : 1; column * rows < columns * (rows - row); column++, at++) {
      const half = (hash[at >> 1] >> ((at & 1) << 2)) & 15;
      // Twice, as the format has it: cosines but the mean weigh double.
      out.push(column, row, (half / 7.5 - 1) * 2 * scale);
    }
  return at;
}

const L = [];
const P = [];
const Q = [];

function sum(list, cx, x, cy, y) {
  let v = 0;
  for (let i = 0; i < list.length; i += 3) v += list[i + 2] * cx[x + list[i]] * cy[y + list[i + 1]];
  return v;
}

// paint fills width × height RGBA pixels from a thumbhash. It returns false if
// the hash is cut short.
export function paint(hash, width, height, pixels) {
  if (hash.length < 6) return false;
  const h = header(hash);
  let at = (h.alpha ? 6 : 5) * 2;
  at = channel(hash, at, h.columns, h.rows, h.lScale, L);
  at = channel(hash, at, 3, 3, h.pScale, P);
  at = channel(hash, at, 3, 3, h.qScale, Q);
  if (at > hash.length * 2) return false;
  const cx = cosines(width);
  const cy = cosines(height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 4) {
      const l = h.l + sum(L, cx, x * 8, cy, y * 8);
      const p = h.p + sum(P, cx, x * 8, cy, y * 8);
      const q = h.q + sum(Q, cx, x * 8, cy, y * 8);
      const blue = l - (2 / 3) * p;
      const red = (3 * l - blue + q) / 2;
      pixels[i] = 255 * red; // Uint8Clamped
      pixels[i + 1] = 255 * (red - q);
      pixels[i + 2] = 255 * blue;
      pixels[i + 3] = 255; // what shines through is the tile's own colour
    }
  return true;
}
