// Lone is a library of one picture that no timeline shows: a member of a group,
// or one in the trash, whose address somebody has opened.
export class Lone extends EventTarget {
  months = [];
  #picture;

  // of makes it from what GET items/{id} says.
  static of({show, said}) {
    const turned = show.orientation >= 5;
    return new Lone({
      id: show.hash,
      size: show.size,
      w: (turned ? show.height : show.width) ?? 0,
      h: (turned ? show.width : show.height) ?? 0,
      t: show.taken?.local ?? '',
      type: show.type ?? '',
      s: show.durationSeconds ?? 0,
      held: show.held,
      fav: said?.favourite ?? false,
      kind: show.group?.kind ?? '',
      n: show.group?.members.length ?? 1,
    });
  }

  constructor(picture) {
    super();
    this.#picture = picture;
  }

  get total() {
    return this.#picture ? 1 : 0;
  }

  at() {
    return this.#picture;
  }

  locate() {
    return {index: 0, at: 0};
  }

  async load() {
    return [this.#picture];
  }

  take() {
    this.#picture = null;
  }

  mark(ids, said) {
    Object.assign(this.#picture, said);
  }

  hold() {}

  async revalidate() {}
}
