/** Something a virtual user waits for. */
export interface Wait {
  interrupt(): void;
}

/** What a virtual user waits for now: nearly always one thing, for which a set would be made anew again and again. */
export class Waits {
  readonly #list: Wait[] = [];

  add(wait: Wait): void {
    this.#list.push(wait);
  }

  remove(wait: Wait): void {
    const list = this.#list;
    const last = list.pop();
    if (last === wait || last === undefined) return;
    const index = list.indexOf(wait);
    // Not in it: the one taken off goes back.
    list[index === -1 ? list.length : index] = last;
  }

  /** Each removes itself. */
  interruptAll(): void {
    for (const wait of [...this.#list]) wait.interrupt();
  }
}
