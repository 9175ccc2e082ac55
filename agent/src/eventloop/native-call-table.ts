/** Which synchronous calls of Node's own are wrapped. Loads the modules that have them. */
import childProcess from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import v8 from "node:v8";
import zlib from "node:zlib";

export interface NativeCallRow {
  /** As people write it: `crypto.pbkdf2Sync`. */
  readonly name: string;
  readonly holder: object;
  readonly property: string;
  /**
   * When the call can be slow at all, judged by its arguments; quicker calls are not even timed. Without it,
   * every call is.
   */
  readonly matters?: (args: readonly unknown[]) => boolean;
}

/** An input of this size takes some tenth of a millisecond to parse, hash or write. */
const LARGE_BYTES = 64 * 1024;

const CRYPTO_CALLS = [
  "randomBytes",
  "sign",
  "verify",
  "publicEncrypt",
  "publicDecrypt",
  "privateEncrypt",
  "privateDecrypt",
  "diffieHellman",
  "createDiffieHellman",
  "hash",
  "encapsulate",
  "decapsulate",
];

export function nativeCallRows(): readonly NativeCallRow[] {
  return [
    ...synchronousRows("fs", fs),
    ...synchronousRows("child_process", childProcess),
    ...synchronousRows("zlib", zlib),
    ...synchronousRows("crypto", crypto),
    ...CRYPTO_CALLS.map((property) => cryptoRow(property)),
    ...hashRows(),
    ...prototypeRows("crypto.Sign", prototypeOf(crypto, "Sign"), ["sign"]),
    ...prototypeRows("crypto.Verify", prototypeOf(crypto, "Verify"), ["verify"]),
    ...prototypeRows("crypto.DiffieHellman", prototypeOf(crypto, "DiffieHellman"), [
      "generateKeys",
      "computeSecret",
    ]),
    ...prototypeRows("crypto.ECDH", prototypeOf(crypto, "ECDH"), ["generateKeys", "computeSecret"]),
    { name: "JSON.parse", holder: JSON, property: "parse", matters: largeText },
    { name: "structuredClone", holder: globalThis, property: "structuredClone" },
    { name: "Atomics.wait", holder: Atomics, property: "wait" },
    { name: "v8.serialize", holder: v8, property: "serialize" },
    { name: "v8.deserialize", holder: v8, property: "deserialize" },
    { name: "v8.writeHeapSnapshot", holder: v8, property: "writeHeapSnapshot" },
  ];
}

function synchronousRows(module: string, holder: object): NativeCallRow[] {
  return Object.keys(holder)
    .filter((property) => property.endsWith("Sync"))
    .map((property) => ({ name: `${module}.${property}`, holder, property }));
}

function cryptoRow(property: string): NativeCallRow {
  return { name: `crypto.${property}`, holder: crypto, property };
}

function hashRows(): NativeCallRow[] {
  return ["Hash", "Hmac"].flatMap((type) =>
    prototypeRows(`crypto.${type}`, prototypeOf(crypto, type), ["update"]).map((row) => ({
      ...row,
      matters: largeInput,
    })),
  );
}

function prototypeRows(
  name: string,
  holder: object | undefined,
  properties: readonly string[],
): NativeCallRow[] {
  if (holder === undefined) return [];
  return properties.map((property) => ({ name: `${name}.${property}`, holder, property }));
}

function prototypeOf(module: object, type: string): object | undefined {
  const definition = Object.getOwnPropertyDescriptor(module, type)?.value as
    | { prototype?: object }
    | undefined;
  return definition?.prototype;
}

function largeText(args: readonly unknown[]): boolean {
  return typeof args[0] === "string" && args[0].length >= LARGE_BYTES;
}

function largeInput(args: readonly unknown[]): boolean {
  const input = args[0];
  if (typeof input === "string") return input.length >= LARGE_BYTES;
  return ArrayBuffer.isView(input) && input.byteLength >= LARGE_BYTES;
}
