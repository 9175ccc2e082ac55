/** `k6/crypto` on node:crypto. */

import { createHash, createHmac, type Hash, type Hmac, randomBytes } from "node:crypto";
import { arrayBufferOf, bytesFromScript } from "./script-bytes.js";

/** k6's names of algorithms, and Node's. */
const ALGORITHMS: Readonly<Record<string, string>> = {
  md5: "md5",
  sha1: "sha1",
  sha256: "sha256",
  sha384: "sha384",
  sha512: "sha512",
  sha512_224: "sha512-224",
  sha512_256: "sha512-256",
  ripemd160: "ripemd160",
};

export function createCryptoModule(): Readonly<Record<string, unknown>> {
  const oneShot = (algorithm: string) => (input: unknown, encoding: unknown) =>
    new Hasher(createHash(nodeName(algorithm))).update(input).digest(encoding);
  return {
    createHash: (algorithm: unknown) => new Hasher(createHash(nodeName(algorithm))),
    createHMAC: (algorithm: unknown, secret: unknown) => new Hasher(keyed(algorithm, secret)),
    hmac: (algorithm: unknown, secret: unknown, input: unknown, encoding: unknown) =>
      new Hasher(keyed(algorithm, secret)).update(input).digest(encoding),
    randomBytes: (size: unknown) => {
      if (typeof size !== "number" || !Number.isInteger(size) || size < 1) {
        throw new Error(`randomBytes needs a whole number of at least 1, got ${String(size)}`);
      }
      return arrayBufferOf(randomBytes(size));
    },
    ...Object.fromEntries(Object.keys(ALGORITHMS).map((algorithm) => [algorithm, oneShot(algorithm)])),
  };
}

class Hasher {
  readonly #hash: Hash | Hmac;

  constructor(hash: Hash | Hmac) {
    this.#hash = hash;
  }

  update(input: unknown): this {
    this.#hash.update(bytesFromScript(input, "the input of a hash"));
    return this;
  }

  /** Of all input so far; more may follow when it is a plain hash. */
  digest(encoding: unknown): string | ArrayBuffer {
    const bytes = ("copy" in this.#hash ? this.#hash.copy() : this.#hash).digest();
    switch (encoding) {
      case "hex":
        return bytes.toString("hex");
      case "base64":
        return bytes.toString("base64");
      case "base64url":
        return bytes.toString("base64url").padEnd(Math.ceil((bytes.length * 4) / 3 / 4) * 4, "=");
      case "base64rawurl":
        return bytes.toString("base64url");
      case "binary":
        return arrayBufferOf(bytes);
      default:
        throw new Error(
          `a digest is hex, base64, base64url, base64rawurl or binary, got ${JSON.stringify(encoding) ?? "nothing"}`,
        );
    }
  }
}

function keyed(algorithm: unknown, secret: unknown): Hmac {
  return createHmac(nodeName(algorithm), bytesFromScript(secret, "the secret of a HMAC"));
}

function nodeName(algorithm: unknown): string {
  const name = ALGORITHMS[String(algorithm)];
  if (name === undefined) {
    throw new Error(
      `there are the hashes ${Object.keys(ALGORITHMS).join(", ")}, got ${JSON.stringify(algorithm)}`,
    );
  }
  return name;
}
