// How pictures are laid out at a width: the numbers that every other part of
// the timeline is planned from. All are CSS pixels.

// Small screens show about three landscapes a row, large ones rows that the
// thumbnails of 256 pixels still fill sharply.
export function shapeOf(width) {
  const small = width < 640;
  return {
    width,
    row: small ? Math.max(88, width / 3.3) : Math.min(208, Math.max(164, width / 6.4)),
    gap: small ? 3 : 4,
    month: small ? 56 : 64, // height of a month's heading
    day: small ? 40 : 44, // height of a day's heading
    between: small ? 6 : 10, // below a row of days
    beside: small ? 14 : 24, // between days on one line
    label: small ? 116 : 132, // least width of a day, so that its heading fits
    after: small ? 12 : 20, // below a month
  };
}

const narrowest = 0.45;
const widest = 3.2;

// ratioOf is width / height of a tile: that of its picture, within reason.
export function ratioOf(picture) {
  const r = picture.w && picture.h ? picture.w / picture.h : 1;
  return Math.min(widest, Math.max(narrowest, r));
}
