/** Puts a function of ours around a method of somebody else's class. */

import type { ModuleExports } from "./module-hooks";

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

/** What a module exports under a name. Asking a module for what it has not got yet would make node warn. */
export function ownExport(exports: ModuleExports, name: string): unknown {
  return Object.hasOwn(exports, name) ? exports[name] : undefined;
}

/** The prototype of a class among a module's exports, or undefined when it is not (yet) there. */
export function prototypeOf(exported: unknown): object | undefined {
  return typeof exported === "function" ? (exported.prototype as object | undefined) : undefined;
}

/** The prototype of a class that itself has all these methods: how an unexported class is recognised. */
export function prototypeWith(exported: unknown, methods: readonly string[]): object | undefined {
  const prototype = prototypeOf(exported);
  const has = (name: string) => prototype !== undefined && Object.hasOwn(prototype, name);
  return methods.every(has) ? prototype : undefined;
}
