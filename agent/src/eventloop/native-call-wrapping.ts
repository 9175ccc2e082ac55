/** Replaces a function by one that times it, indistinguishable for honest callers, and puts it back. */

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Runs the original in place of the caller; the wrapper adds nothing of its own. */
export type CallAround = (original: AnyFunction, receiver: unknown, args: unknown[]) => unknown;

const undoList: (() => void)[] = [];

/**
 * Wraps `holder[name]`. Does nothing where the property is missing, not a function, or frozen.
 *
 * @returns whether it did.
 */
export function wrapFunction(holder: object, name: string, around: CallAround): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(holder, name);
  if (descriptor === undefined || typeof descriptor.value !== "function") return false;
  if (descriptor.writable !== true && descriptor.configurable !== true) return false;
  const original = descriptor.value as AnyFunction;
  const wrapper = likeOriginal(original, around);
  try {
    Object.defineProperty(holder, name, { ...descriptor, value: wrapper });
  } catch {
    return false;
  }
  undoList.push(() => {
    // Someone may have wrapped our wrapper: then ours must stay beneath theirs.
    if (Object.getOwnPropertyDescriptor(holder, name)?.value === wrapper) {
      Object.defineProperty(holder, name, descriptor);
    }
  });
  return true;
}

/** Puts every wrapped function back, latest first. */
export function unwrapAll(): void {
  for (const undo of undoList.splice(0).reverse()) undo();
}

function likeOriginal(original: AnyFunction, around: CallAround): AnyFunction {
  // A method shorthand has no prototype and is no constructor, as most natives are not.
  const { wrapper } = {
    wrapper(this: unknown, ...args: unknown[]): unknown {
      return around(original, this, args);
    },
  };
  for (const key of Reflect.ownKeys(original)) {
    const property = Object.getOwnPropertyDescriptor(original, key);
    if (property !== undefined && key !== "prototype") Object.defineProperty(wrapper, key, property);
  }
  return wrapper as AnyFunction;
}
