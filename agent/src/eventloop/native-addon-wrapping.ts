/** Wraps what a native addon (`.node` file) exports, at the moment it is loaded. */
import path from "node:path";
import { wrapFunction } from "./native-call-wrapping";

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

export type NamedCallAround = (
  name: string,
  original: AnyFunction,
  receiver: unknown,
  args: unknown[],
) => unknown;

/** Exports looked at per addon: a bound for addons that export whole tables. */
const MAX_EXPORTS = 500;

export function wrapAddonLoading(around: NamedCallAround): void {
  wrapFunction(process, "dlopen", (original, receiver, args) => {
    const result = Reflect.apply(original, receiver, args);
    const [module, filename] = args as [{ exports?: unknown }, unknown];
    try {
      wrapExports(module.exports, path.basename(String(filename), ".node"), around);
    } catch {
      // An addon with exotic exports stays as it is: blocks in it are then found by sampling.
    }
    return result;
  });
}

function wrapExports(exported: unknown, addon: string, around: NamedCallAround): void {
  if (exported === null || (typeof exported !== "object" && typeof exported !== "function")) return;
  for (const name of Object.getOwnPropertyNames(exported).slice(0, MAX_EXPORTS)) {
    const value: unknown = Object.getOwnPropertyDescriptor(exported, name)?.value;
    if (typeof value !== "function") continue;
    const methods = methodNames(value);
    // A function with methods of its own is a class: `new` must keep working, so only its methods are wrapped.
    if (methods.length === 0) {
      if (!isConstructorLike(value, name)) wrapNamed(exported, name, addon, around);
    } else {
      for (const method of methods) wrapNamed(value.prototype as object, method, `${addon}.${name}`, around);
    }
  }
}

function wrapNamed(holder: object, property: string, prefix: string, around: NamedCallAround): void {
  const name = `${prefix}.${property}`;
  wrapFunction(holder, property, (original, receiver, args) => around(name, original, receiver, args));
}

function methodNames(value: object): readonly string[] {
  const prototype: unknown = (value as { prototype?: unknown }).prototype;
  if (typeof prototype !== "object" || prototype === null) return [];
  return Object.getOwnPropertyNames(prototype).filter(
    (name) =>
      name !== "constructor" && typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === "function",
  );
}

/** Addons export classes without methods, too; by custom their names begin with a capital. */
function isConstructorLike(value: object, name: string): boolean {
  return /^[A-Z]/.test(name) || Object.getPrototypeOf(value) !== Function.prototype;
}
