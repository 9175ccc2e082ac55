/** What rewritten scripts call instead of built-ins that would not wait for a callback: same order, same results. */

type Callback = (value: unknown, index: unknown, source: unknown) => unknown;
type Reducer = (carried: unknown, value: unknown, index: number, source: unknown) => unknown;

/** Anything with the iteration methods of lists: arrays, and maps and sets for `forEach`. */
type ListLike = ArrayLike<unknown> | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;

export const waitingListMethods = {
  async forEach(source: ListLike, callback: Callback, receiver?: unknown): Promise<void> {
    for (const [index, value] of entriesOf(source)) await callback.call(receiver, value, index, source);
  },

  async map(source: ListLike, callback: Callback, receiver?: unknown): Promise<unknown[]> {
    const made: unknown[] = [];
    for (const [index, value] of entriesOf(source))
      made.push(await callback.call(receiver, value, index, source));
    return made;
  },

  async flatMap(source: ListLike, callback: Callback, receiver?: unknown): Promise<unknown[]> {
    return (await waitingListMethods.map(source, callback, receiver)).flat();
  },

  async filter(source: ListLike, callback: Callback, receiver?: unknown): Promise<unknown[]> {
    const kept: unknown[] = [];
    for (const [index, value] of entriesOf(source)) {
      if (await callback.call(receiver, value, index, source)) kept.push(value);
    }
    return kept;
  },

  async find(source: ListLike, callback: Callback, receiver?: unknown): Promise<unknown> {
    return (await findEntry([...entriesOf(source)], source, callback, receiver))?.[1];
  },

  async findIndex(source: ListLike, callback: Callback, receiver?: unknown): Promise<unknown> {
    return (await findEntry([...entriesOf(source)], source, callback, receiver))?.[0] ?? -1;
  },

  async findLast(source: ListLike, callback: Callback, receiver?: unknown): Promise<unknown> {
    return (await findEntry([...entriesOf(source)].reverse(), source, callback, receiver))?.[1];
  },

  async findLastIndex(source: ListLike, callback: Callback, receiver?: unknown): Promise<unknown> {
    return (await findEntry([...entriesOf(source)].reverse(), source, callback, receiver))?.[0] ?? -1;
  },

  async some(source: ListLike, callback: Callback, receiver?: unknown): Promise<boolean> {
    return (await findEntry([...entriesOf(source)], source, callback, receiver)) !== undefined;
  },

  async every(source: ListLike, callback: Callback, receiver?: unknown): Promise<boolean> {
    for (const [index, value] of entriesOf(source)) {
      if (!(await callback.call(receiver, value, index, source))) return false;
    }
    return true;
  },

  async reduce(source: ArrayLike<unknown>, callback: Reducer, ...initial: unknown[]): Promise<unknown> {
    const indexes = Array.from(source, (_value, index) => index);
    return reduceInOrder(source, indexes, callback, initial);
  },

  async reduceRight(source: ArrayLike<unknown>, callback: Reducer, ...initial: unknown[]): Promise<unknown> {
    const indexes = Array.from(source, (_value, index) => index).reverse();
    return reduceInOrder(source, indexes, callback, initial);
  },
};

/** A promise's executor that waits: its failure rejects the promise, as a throwing executor does. */
export function waitingExecutor(
  executor: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => unknown,
): (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => void {
  return (resolve, reject) => {
    Promise.resolve(executor(resolve, reject)).catch(reject);
  };
}

/** Read as it goes, so that what the callback appends is not visited but what it removes is skipped, as built-ins do. */
function* entriesOf(source: ListLike): Generator<[index: unknown, value: unknown]> {
  if (source instanceof Map) {
    for (const [key, value] of source) yield [key, value];
  } else if (source instanceof Set) {
    for (const value of source) yield [value, value];
  } else {
    const list = source as ArrayLike<unknown>;
    const { length } = list;
    for (let index = 0; index < length; index++) if (index in list) yield [index, list[index]];
  }
}

async function findEntry(
  entries: readonly [unknown, unknown][],
  source: ListLike,
  callback: Callback,
  receiver: unknown,
): Promise<[unknown, unknown] | undefined> {
  for (const entry of entries) {
    if (await callback.call(receiver, entry[1], entry[0], source)) return entry;
  }
  return undefined;
}

async function reduceInOrder(
  source: ArrayLike<unknown>,
  indexes: number[],
  callback: Reducer,
  initial: unknown[],
): Promise<unknown> {
  let rest = indexes;
  let carried = initial[0];
  if (initial.length === 0) {
    const [first, ...others] = indexes;
    if (first === undefined) throw new TypeError("Reduce of empty array with no initial value");
    carried = source[first];
    rest = others;
  }
  for (const index of rest) carried = await callback(carried, source[index], index, source);
  return carried;
}
