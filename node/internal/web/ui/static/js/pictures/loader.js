// Loads thumbnails: those in view first, few at a time, and gives up those that
// were scrolled past.

// A browser opens six connections for HTTP/1.1, of which live events and
// documents need some; HTTP/2 shares one.
function lanes() {
  const entry = performance.getEntriesByType('navigation')[0];
  return entry?.nextHopProtocol === 'h2' || entry?.nextHopProtocol === 'h3' ? 16 : 4;
}

export class Loader {
  #lanes = lanes();
  #queue = []; // tiles, the most urgent first
  #flying = new Set();
  #turns = 0;

  // want replaces the wishes: tiles without their thumbnail, the most urgent first.
  want(tiles) {
    this.#queue = tiles;
    this.#pump();
  }

  // drop forgets a tile, whose image is used for something else.
  drop(tile) {
    if (this.#flying.delete(tile)) stop(tile);
    const i = this.#queue.indexOf(tile);
    if (i >= 0) this.#queue.splice(i, 1);
  }

  // rest gives up everything but what is in view.
  rest(inView) {
    for (const tile of this.#flying) {
      if (inView(tile)) continue;
      this.#flying.delete(tile);
      stop(tile);
    }
    this.#queue = [];
  }

  #pump() {
    while (this.#flying.size < this.#lanes && this.#queue.length) {
      const tile = this.#queue.shift();
      if (!tile.src || tile.state !== 'waiting') continue;
      this.#start(tile);
    }
  }

  #start(tile) {
    const {img, src} = tile;
    tile.state = 'loading';
    this.#flying.add(tile);
    img.fetchPriority = tile.near ? 'high' : 'low';
    const turn = ++this.#turns;
    tile.turn = turn;
    const end = (ok) => {
      if (tile.turn !== turn || !this.#flying.delete(tile)) return; // what was given up ends, too
      img.onload = img.onerror = null;
      tile.state = ok ? 'there' : 'failed';
      if (ok) tile.show();
      this.#pump();
    };
    // Decoding happens off the main thread; the picture appears once it is done.
    img.onload = () =>
      img.decode().then(
        () => end(true),
        () => end(img.naturalWidth > 0),
      );
    img.onerror = () => end(false);
    img.src = src;
  }
}

function stop(tile) {
  tile.img.onload = tile.img.onerror = null;
  tile.img.removeAttribute('src'); // ends the request
  tile.state = 'waiting';
}
