/**
 * Runs in worker threads: here a function may compute for as long as it likes. Imports only node: built-
 * ins.
 */

import { pbkdf2Sync } from "node:crypto";

/** Counts the primes up to `limit` by trial division. */
export function primesUpTo(limit: number): number {
  let count = 0;
  for (let candidate = 2; candidate <= limit; candidate += 1) {
    if (isPrime(candidate)) count += 1;
  }
  return count;
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) {
    if (candidate % divisor === 0) return false;
  }
  return true;
}

/** Hashes passwords one after the other. */
export function passwordHashes(request: { passwords: readonly string[]; rounds: number }): string[] {
  return request.passwords.map((password) =>
    pbkdf2Sync(password, "example-salt", request.rounds, 32, "sha256").toString("hex"),
  );
}
