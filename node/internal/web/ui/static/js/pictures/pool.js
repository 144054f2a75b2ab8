// Pool keeps tiles that are not on the screen, so that scrolling makes no
// garbage.
import {Tile} from './tile.js';

const spare = 160;

export class Pool {
  #free = [];
  #loader;

  constructor(loader) {
    this.#loader = loader;
  }

  take() {
    return this.#free.pop() ?? new Tile();
  }

  give(tile) {
    this.#loader.drop(tile);
    tile.el.remove();
    tile.clear();
    tile.near = false;
    if (this.#free.length < spare) this.#free.push(tile);
  }
}
