/**
 * Whether the heap leaks: the slope of what is left after major collections. What a program merely uses
 * between two collections says nothing; what none of them could free, and grows, does.
 */

/** Major collections looked back on. The slope of all pairs costs 2000 divisions then: some 20 µs. */
const MAX_FLOORS = 64;
/** Fewer than this are weather: a program that has just started grows in any case. */
const MIN_FLOORS = 5;
/** Time the floors must span, seconds. */
const MIN_SPAN_SECONDS = 20;
/** Growth below this share of the floor each minute is noise. A guess: 1 % a minute doubles in an hour and ten. */
const NOISE_SHARE_PER_MINUTE = 0.01;
/** Share of the pairs whose slope must be positive for growth to be called steady. */
const STEADY_SHARE = 0.9;

export type HeapVerdict = "not enough data" | "steady" | "growing";

export interface HeapGrowth {
  /** Theil-Sen slope: the median over all pairs of floors (Sen 1968), bytes a second; null without a verdict. */
  readonly bytesPerSecond: number | null;
  readonly verdict: HeapVerdict;
}

export interface HeapFloor {
  readonly atSeconds: number;
  readonly bytes: number;
}

/** Judges floors in the order of time. */
export function judgeHeapGrowth(floors: readonly HeapFloor[]): HeapGrowth {
  const first = floors[0];
  const last = floors.at(-1);
  if (
    first === undefined ||
    last === undefined ||
    floors.length < MIN_FLOORS ||
    last.atSeconds - first.atSeconds < MIN_SPAN_SECONDS
  )
    return { bytesPerSecond: null, verdict: "not enough data" };
  const slopes = pairSlopes(floors);
  const bytesPerSecond = slopes[Math.floor(slopes.length / 2)] ?? 0;
  const rising = slopes.filter((slope) => slope > 0).length / slopes.length;
  const growing = bytesPerSecond * 60 > last.bytes * NOISE_SHARE_PER_MINUTE && rising >= STEADY_SHARE;
  return { bytesPerSecond, verdict: growing ? "growing" : "steady" };
}

/** Keeps the latest floors. */
export class HeapFloors {
  readonly #floors: HeapFloor[] = [];

  get latestBytes(): number | null {
    return this.#floors.at(-1)?.bytes ?? null;
  }

  add(floor: HeapFloor): void {
    this.#floors.push(floor);
    if (this.#floors.length > MAX_FLOORS) this.#floors.shift();
  }

  judge(): HeapGrowth {
    return judgeHeapGrowth(this.#floors);
  }
}

function pairSlopes(floors: readonly HeapFloor[]): readonly number[] {
  const slopes: number[] = [];
  for (const [index, from] of floors.entries()) {
    for (const to of floors.slice(index + 1)) {
      const seconds = to.atSeconds - from.atSeconds;
      if (seconds > 0) slopes.push((to.bytes - from.bytes) / seconds);
    }
  }
  return slopes.sort((a, b) => a - b);
}
