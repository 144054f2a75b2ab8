// Plans the height of the whole timeline before its pictures are known: each
// month from its count and the sum of its ratios, exactly as soon as it has
// been laid out. Pixels are of the plan, 0 = the top of the first month.

export class Plan {
  #shape;
  #keys = [];
  #heights = [];
  #tops = [0];
  #exact = new Map(); // height by key, of this shape

  constructor(shape) {
    this.#shape = shape;
  }

  get shape() {
    return this.#shape;
  }

  // reshape forgets what was exact at another width.
  reshape(shape) {
    this.#shape = shape;
    this.#exact.clear();
  }

  // set takes the months: {key, n, ratio}.
  set(months) {
    this.#keys = months.map((m) => m.key);
    this.#heights = months.map((m) => this.#exact.get(`${m.key} ${m.n}`) ?? estimate(m, this.#shape));
    this.#sum();
  }

  // know says how high a month really is.
  know(index, month, height) {
    this.#exact.set(`${month.key} ${month.n}`, height);
    if (this.#heights[index] === height) return;
    this.#heights[index] = height;
    this.#sum();
  }

  #sum() {
    const tops = new Array(this.#heights.length + 1);
    let y = 0;
    for (let i = 0; i < this.#heights.length; i++) {
      tops[i] = y;
      y += this.#heights[i];
    }
    tops[this.#heights.length] = y;
    this.#tops = tops;
  }

  get height() {
    return this.#tops[this.#heights.length];
  }

  top(index) {
    return this.#tops[index];
  }

  heightOf(index) {
    return this.#heights[index];
  }

  indexOf(key) {
    return this.#keys.indexOf(key);
  }

  // at is the index of the month at y; the first or last beyond the ends.
  at(y) {
    let low = 0;
    let high = this.#heights.length - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (this.#tops[mid] <= y) low = mid;
      else high = mid - 1;
    }
    return low;
  }
}

// estimate guesses the height of a month. Days are taken to be alike, and the
// more pictures a month has the more of its days have some.
export function estimate({n, ratio}, shape) {
  if (!n) return shape.month + shape.after;
  const sum = ratio > 0 ? ratio : n * 1.2;
  const days = 30 * (1 - Math.exp(-n / 45)) + 1e-9;
  const count = Math.max(1, Math.min(n, Math.round(days)));
  const width = Math.max(shape.label, (sum / count) * shape.row + (n / count - 1) * shape.gap);
  const head = shape.day + shape.between;
  let rows;
  if (width > shape.width) {
    const full = Math.max(1, width / shape.width + 0.35);
    rows = count * (head + full * shape.row + (full - 1) * shape.gap);
  } else {
    const lines = Math.ceil((count * (width + shape.beside)) / (shape.width * 0.92));
    rows = lines * (head + shape.row);
  }
  return shape.month + rows + shape.after;
}
