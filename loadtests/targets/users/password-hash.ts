/** The fault that most services make once: a password hash on the event loop. And its mend. */

import { randomBytes, type ScryptOptions, scrypt, scryptSync } from "node:crypto";

/** Costly on purpose, for an attacker: about 0.1 to 0.3 s of processor time and 64 MiB. */
const COST: ScryptOptions = { N: 2 ** 16, r: 8, p: 1, maxmem: 256 * 2 ** 20 };
const HASH_BYTES = 64;

/** Makes a salted hash, in the form in which it is stored. */
export type PasswordHasher = (password: string) => Promise<string>;

/** Faulty: nobody else is served until the hash is done. Being called from an async function changes nothing. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16);
  const hash = scryptSync(password, salt, HASH_BYTES, COST);
  return storedForm(salt, hash);
}

/** Mended: the same work on a thread of libuv's pool, while the event loop serves others. */
export function hashPasswordOffLoop(password: string): Promise<string> {
  const salt = randomBytes(16);
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, COST, (error, hash) => {
      if (error === null) resolve(storedForm(salt, hash));
      else reject(error);
    });
  });
}

/** Everything that checking a password later needs. */
function storedForm(salt: Buffer, hash: Buffer): string {
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt.toString("base64")}$${hash.toString("base64")}`;
}
