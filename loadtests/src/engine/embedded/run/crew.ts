import type { TestRun } from "./test-run.js";
import { VirtualUser } from "./virtual-user.js";

/** The virtual users of a run: made before the load, lent to scenarios, reused by later ones. */
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
    const id = this.all.length + 1;
    const made = VirtualUser.create(this.#run, id).then((user) => {
      this.all[id - 1] = user;
      return user;
    });
    // Holds the number at once: several may be in the making.
    this.all.length = id;
    return made;
  }
}
