import type { TestRun } from "./test-run.js";
import { VirtualUser } from "./virtual-user.js";

/** The virtual users of a run, or of one of its threads: made before the load, lent to scenarios, reused by later ones. */
export class Crew {
  readonly #run: TestRun;
  readonly #idle: VirtualUser[] = [];
  readonly all: VirtualUser[] = [];

  constructor(run: TestRun) {
    this.#run = run;
  }

  /** Makes virtual users until there are this many. @throws what the script's init code throws */
  async fill(count: number): Promise<void> {
    while (this.all.length < count) this.#idle.push(await this.#create());
    // Lowest numbers first.
    this.#idle.sort((a, b) => b.id - a.id);
  }

  async take(count: number): Promise<VirtualUser[]> {
    const taken: VirtualUser[] = [];
    while (taken.length < count) taken.push(this.#idle.pop() ?? (await this.#create()));
    return taken;
  }

  giveBack(users: readonly VirtualUser[]): void {
    for (const user of [...users].reverse()) {
      user.assignment = null;
      user.stage = "idle";
      this.#idle.push(user);
    }
  }

  #create(): Promise<VirtualUser> {
    const at = this.all.length;
    const { index, count } = this.#run.place.slice;
    // Threads take turns: a number is one virtual user's over all of them.
    const made = VirtualUser.create(this.#run, at * count + index + 1).then((user) => {
      this.all[at] = user;
      return user;
    });
    // Holds the number at once: several may be in the making.
    this.all.length = at + 1;
    return made;
  }
}
