/** Work for the processor. Asynchronous code does not make it faster; it can only make it polite. */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { LabResult } from "./lab-ways.js";

/** A few milliseconds' worth. */
const LIMIT = 80_000;
/** Numbers a turn: below a millisecond. */
const SLICE = 2_000;

export function countPrimesInOneGo(): LabResult {
  return { primes: countPrimes(0, LIMIT) };
}

/** In slices, with a turn of the event loop after each: others wait for a slice, not for the whole. */
export async function countPrimesInSlices(): Promise<LabResult> {
  let primes = 0;
  for (let from = 0; from < LIMIT; from += SLICE) {
    primes += countPrimes(from, from + SLICE);
    await nextTurn();
  }
  return { primes };
}

function countPrimes(from: number, to: number): number {
  let primes = 0;
  for (let candidate = Math.max(2, from); candidate < to; candidate++) {
    if (isPrime(candidate)) primes++;
  }
  return primes;
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
    if (candidate % divisor === 0) return false;
  }
  return true;
}
