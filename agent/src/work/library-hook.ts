/** What a library's file gets to report with, and how it wraps a method of the library. */

import type { Guard } from "../guard";
import type { WorkRegistry } from "./work-registry";

export interface LibraryParts {
  readonly guard: Guard;
  readonly work: Pick<WorkRegistry, "monitorQueue" | "monitorPool">;
}

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

/**
 * A promise in the place of `promise` that settles alike after calling back. The owner gets it, not the
 * original, so that a rejection which nobody handles stays unhandled. What is no promise passes unchanged.
 */
export function observed(promise: unknown, onSettled: (error: unknown) => void): unknown {
  if (typeof (promise as { readonly then?: unknown } | null | undefined)?.then !== "function") return promise;
  return (promise as PromiseLike<unknown>).then(
    (value) => {
      onSettled(null);
      return value;
    },
    (error: unknown) => {
      onSettled(error);
      throw error;
    },
  );
}
