/** How fast a heap grows when garbage is left out: the slope of its floor after major collections. */

/** Floors kept; when full, every second one is dropped, so the span stays whole. */
const MAX_FLOORS = 512;
/** Share of the span that counts as warm-up and is left out. */
const WARM_UP_SHARE = 0.2;
/** A slope through fewer points says nothing. */
const MIN_FLOORS = 3;

export class HeapGrowth {
  #floors: { readonly at: number; readonly bytes: number }[] = [];
  #lastBytes: number | null = null;

  /** @param at epoch milliseconds. @param floorBytes heap used right after the latest major collection. */
  record(at: number, floorBytes: number | null): void {
    // The floor stays the same until the next major collection: only a new one is a point.
    if (floorBytes === null || floorBytes === this.#lastBytes) return;
    this.#lastBytes = floorBytes;
    this.#floors.push({ at, bytes: floorBytes });
    if (this.#floors.length > MAX_FLOORS) this.#floors = this.#floors.filter((_, index) => index % 2 === 0);
  }

  /** Least-squares slope after warm-up, bytes a second; null: too few major collections. */
  bytesPerSecond(): number | null {
    const first = this.#floors[0];
    const last = this.#floors.at(-1);
    if (first === undefined || last === undefined) return null;
    const warmUntil = first.at + (last.at - first.at) * WARM_UP_SHARE;
    const points = this.#floors.filter((floor) => floor.at >= warmUntil);
    if (points.length < MIN_FLOORS) return null;
    const meanAt = points.reduce((sum, point) => sum + point.at, 0) / points.length;
    const meanBytes = points.reduce((sum, point) => sum + point.bytes, 0) / points.length;
    let covariance = 0;
    let variance = 0;
    for (const point of points) {
      covariance += (point.at - meanAt) * (point.bytes - meanBytes);
      variance += (point.at - meanAt) ** 2;
    }
    return variance === 0 ? null : (covariance / variance) * 1000;
  }
}
