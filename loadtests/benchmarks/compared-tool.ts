/** A load generator in a comparison, and what one run of it gave. */

export interface Measurement {
  readonly iterationsPerSecond: number;
  /** Of one iteration, start-up of the program shared among all. */
  readonly cpuMicroseconds: number;
  readonly rssMiB: number;
}

export type Tool = (vus: number, seconds: number) => Promise<Measurement>;

export function measurement(count: number, seconds: number, cpuSeconds: number, rssMiB: number): Measurement {
  return { iterationsPerSecond: count / seconds, cpuMicroseconds: (cpuSeconds / count) * 1e6, rssMiB };
}
