/** Which synchronous calls of Node's own are wrapped, by module. Loads none of those modules. */
import fs from "node:fs";

export interface NativeCallRow {
  /** As people write it: `crypto.pbkdf2Sync`. */
  readonly name: string;
  /** Without `node:`; null: a global of the language. */
  readonly module: string | null;
  /** The class or namespace of the module that has the call; null: the module itself. */
  readonly type: string | null;
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
  "argon2Sync",
  "checkPrimeSync",
  "generateKeyPairSync",
  "generateKeySync",
  "generatePrimeSync",
  "hkdfSync",
  "pbkdf2Sync",
  "randomFillSync",
  "scryptSync",
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

const ZLIB_CALLS = [
  "brotliCompressSync",
  "brotliDecompressSync",
  "createZipArchiveSync",
  "deflateRawSync",
  "deflateSync",
  "gunzipSync",
  "gzipSync",
  "inflateRawSync",
  "inflateSync",
  "unzipSync",
  "zstdCompressSync",
  "zstdDecompressSync",
];

/** The same in every thread of a process: a running call is named by its index. A version may lack some. */
export const NATIVE_CALL_ROWS: readonly NativeCallRow[] = [
  ...functions(
    "fs",
    Object.keys(fs).filter((property) => property.endsWith("Sync")),
  ),
  ...functions("child_process", ["execFileSync", "execSync", "spawnSync"]),
  ...functions("zlib", ZLIB_CALLS),
  ...functions("crypto", CRYPTO_CALLS),
  ...methods("crypto", "Hash", ["update"], largeInput),
  ...methods("crypto", "Hmac", ["update"], largeInput),
  ...methods("crypto", "Sign", ["sign"]),
  ...methods("crypto", "Verify", ["verify"]),
  ...methods("crypto", "DiffieHellman", ["generateKeys", "computeSecret"]),
  ...methods("crypto", "ECDH", ["generateKeys", "computeSecret"]),
  ...methods("sqlite", "StatementSync", ["all", "get", "run"]),
  ...methods("sqlite", "DatabaseSync", ["exec", "applyChangeset"]),
  ...functions("v8", ["serialize", "deserialize", "writeHeapSnapshot"]),
  { name: "JSON.parse", module: null, type: "JSON", property: "parse", matters: largeText },
  { name: "structuredClone", module: null, type: null, property: "structuredClone" },
  { name: "Atomics.wait", module: null, type: "Atomics", property: "wait" },
];

/** @param exports of the row's module, or the global object. @returns null where this version has no such call. */
export function holderOf(row: NativeCallRow, exports: object): object | null {
  if (row.type === null) return exports;
  const type: unknown = Object.getOwnPropertyDescriptor(exports, row.type)?.value;
  if (row.module === null) return isObject(type) ? type : null;
  const prototype: unknown = isObject(type) ? (type as { readonly prototype?: unknown }).prototype : null;
  return isObject(prototype) ? prototype : null;
}

function functions(module: string, properties: readonly string[]): NativeCallRow[] {
  return properties.map((property) => ({ name: `${module}.${property}`, module, type: null, property }));
}

function methods(
  module: string,
  type: string,
  properties: readonly string[],
  matters?: NativeCallRow["matters"],
): NativeCallRow[] {
  return properties.map((property) => {
    const row = { name: `${module}.${type}.${property}`, module, type, property };
    return matters === undefined ? row : { ...row, matters };
  });
}

function isObject(value: unknown): value is object {
  return value !== null && (typeof value === "object" || typeof value === "function");
}

function largeText(args: readonly unknown[]): boolean {
  return typeof args[0] === "string" && args[0].length >= LARGE_BYTES;
}

function largeInput(args: readonly unknown[]): boolean {
  const input = args[0];
  if (typeof input === "string") return input.length >= LARGE_BYTES;
  return ArrayBuffer.isView(input) && input.byteLength >= LARGE_BYTES;
}
