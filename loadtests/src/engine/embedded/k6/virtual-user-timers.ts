/** `setTimeout` and its kin for one virtual user: an iteration lasts until they are done. */

import type { VirtualUser } from "../run/virtual-user.js";

type Callback = (...args: unknown[]) => unknown;

export class VirtualUserTimers {
  readonly #user: VirtualUser;
  readonly #handles = new Map<number, NodeJS.Timeout>();
  #nextId = 1;
  /** Callbacks begun and not settled, connections and promises that modules announced. */
  #active = 0;
  #onQuiet: (() => void)[] = [];
  #failure: { readonly error: unknown } | null = null;

  constructor(user: VirtualUser) {
    this.#user = user;
  }

  readonly setTimeout = (callback: Callback, delayMs?: number, ...args: unknown[]): number => {
    requireFunction("setTimeout", callback);
    const id = this.#nextId++;
    const handle = setTimeout(() => {
      this.#handles.delete(id);
      this.runTask(() => callback(...args));
    }, delayMs);
    this.#handles.set(id, handle);
    return id;
  };

  readonly setInterval = (callback: Callback, delayMs?: number, ...args: unknown[]): number => {
    requireFunction("setInterval", callback);
    const id = this.#nextId++;
    this.#handles.set(
      id,
      setInterval(() => this.runTask(() => callback(...args)), delayMs),
    );
    return id;
  };

  readonly clear = (id?: number): void => {
    const handle = this.#handles.get(id ?? 0);
    if (handle === undefined) return;
    clearTimeout(handle);
    this.#handles.delete(id ?? 0);
    this.#settle();
  };

  /** Runs a callback of the script; the iteration lasts until what it returns is settled. */
  runTask(task: () => unknown): void {
    this.begin();
    // A failing callback fails the iteration, as an uncaught error does in k6.
    const fail = (error: unknown) => {
      this.#failure ??= { error };
      this.clearAll();
      this.end();
    };
    try {
      const result = task();
      if (result instanceof Promise) result.then(() => this.end(), fail);
      else this.end();
    } catch (error) {
      fail(error);
    }
  }

  /** Something is under way that the iteration must wait for, until `end` is called once. */
  begin(): void {
    this.#active++;
  }

  end(): void {
    this.#active--;
    this.#settle();
  }

  get isQuiet(): boolean {
    return this.#active === 0 && this.#handles.size === 0 && this.#failure === null;
  }

  /** Until nothing is left to run. @throws what a callback threw */
  async untilQuiet(): Promise<void> {
    while (this.#active > 0 || this.#handles.size > 0) {
      this.#user.hasWaited = true;
      await new Promise<void>((resolve) => this.#onQuiet.push(resolve));
    }
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure.error;
  }

  clearAll(): void {
    for (const handle of this.#handles.values()) clearTimeout(handle);
    this.#handles.clear();
    this.#settle();
  }

  #settle(): void {
    if (this.#active > 0 || this.#handles.size > 0 || this.#onQuiet.length === 0) return;
    const waiting = this.#onQuiet;
    this.#onQuiet = [];
    for (const resolve of waiting) resolve();
  }
}

function requireFunction(name: string, callback: unknown): void {
  if (typeof callback !== "function") throw new TypeError(`${name} needs a function, got ${typeof callback}`);
}
