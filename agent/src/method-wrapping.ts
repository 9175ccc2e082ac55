/** Puts a function of ours around a method of somebody else's class. */

type Method = (this: unknown, ...args: unknown[]) => unknown;

const wrapped = Symbol("loopscope.wrapped");

/**
 * Puts `make(original)` in the place of a method, once. Properties of the original stay readable through it.
 *
 * @returns false when there is no such method, or when it is wrapped already.
 */
export function wrapMethod(target: unknown, name: string, make: (original: Method) => Method): boolean {
  if (target === null || (typeof target !== "object" && typeof target !== "function")) return false;
  const holder = target as Record<string, Method & { [wrapped]?: true }>;
  const original = holder[name];
  if (typeof original !== "function" || original[wrapped] === true) return false;
  const replacement = Object.assign(make(original), original, { [wrapped]: true as const });
  Object.defineProperty(replacement, "name", { value: original.name, configurable: true });
  Object.defineProperty(replacement, "length", { value: original.length, configurable: true });
  Object.defineProperty(holder, name, {
    value: replacement,
    writable: true,
    configurable: true,
    enumerable: Object.prototype.propertyIsEnumerable.call(holder, name),
  });
  return true;
}

/** The prototype of a class among a module's exports, or undefined when it is not (yet) there. */
export function prototypeOf(exported: unknown): unknown {
  return typeof exported === "function" ? exported.prototype : undefined;
}
