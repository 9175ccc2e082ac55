/** `k6/data`: lists that all virtual users share. */

import type { VirtualUser } from "../run/virtual-user.js";

export function createDataModule(user: VirtualUser): Readonly<Record<string, unknown>> {
  return { SharedArray: sharedArrayClass(user) };
}

function sharedArrayClass(user: VirtualUser) {
  // The constructor gives the shared list itself, so that indexing, length and iteration are a plain array's.
  return function SharedArray(name: unknown, make: unknown): readonly unknown[] {
    if (user.stage !== "init") throw new Error("new SharedArray() is available only in the init code");
    const key = String(name);
    if (key === "") throw new Error("a SharedArray needs a name");
    const { sharedArrays } = user.run;
    let list = sharedArrays.get(key);
    if (list === undefined) {
      if (typeof make !== "function")
        throw new TypeError(`the SharedArray ${key} needs a function that returns a list`);
      const made: unknown = make();
      if (!Array.isArray(made))
        throw new TypeError(`the function of the SharedArray ${key} must return a list`);
      // As in k6, what is kept is what JSON keeps, and nobody can change it for the others.
      list = deepFreeze(JSON.parse(JSON.stringify(made)) as unknown[]);
      sharedArrays.set(key, list);
    }
    return list;
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
