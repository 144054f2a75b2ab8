// Selection is the set of pictures that a person has chosen. It tells its
// listeners of change.

const farthest = 5000; // pictures that one range may take in

export class Selection extends EventTarget {
  #library;
  #chosen = new Map(); // pictures by id
  #from = -1; // position at which a range begins

  constructor(library) {
    super();
    this.#library = library;
  }

  get size() {
    return this.#chosen.size;
  }

  get ids() {
    return [...this.#chosen.keys()];
  }

  get pictures() {
    return [...this.#chosen.values()];
  }

  has(id) {
    return this.#chosen.has(id);
  }

  toggle(picture, position) {
    if (!this.#chosen.delete(picture.id)) this.#chosen.set(picture.id, picture);
    this.#from = position;
    this.#tell();
  }

  // extend chooses everything from where the last was chosen to a position.
  async extend(position) {
    if (this.#from < 0) this.#from = position;
    const low = Math.min(this.#from, position);
    const high = Math.min(Math.max(this.#from, position), low + farthest);
    this.#from = position;
    for (let at = low; at <= high;) {
      const place = this.#library.locate(at);
      const pictures = await this.#library.load(place.index);
      const end = Math.min(pictures.length, place.at + high - at + 1);
      for (let i = place.at; i < end; i++) this.#chosen.set(pictures[i].id, pictures[i]);
      at += Math.max(1, end - place.at);
    }
    this.#tell();
  }

  // all chooses pictures, or none of them if all are chosen already.
  all(pictures) {
    const every = pictures.every((p) => this.#chosen.has(p.id));
    for (const p of pictures) {
      if (every) this.#chosen.delete(p.id);
      else this.#chosen.set(p.id, p);
    }
    this.#tell();
  }

  clear() {
    if (!this.#chosen.size) return;
    this.#chosen.clear();
    this.#from = -1;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new CustomEvent('change'));
  }
}
