/** How prices are spread: computed with a function for every step, or with one array of counts. */

import type { FastifyInstance } from "fastify";
import { logHolds } from "../service/fault-log.js";
import type { Databases } from "./databases.js";
import type { UsersFaultId } from "./faults.js";

interface PriceBand {
  readonly fromCents: number;
  readonly products: number;
}

const BAND_CENTS = 500;
/** Simulated price changes looked at for each product: the work of both ways. */
const CHANGES_EACH = 3000;

export function addPriceStatistics(
  app: FastifyInstance,
  databases: Databases,
  faults: ReadonlySet<UsersFaultId>,
): void {
  const countBands = faults.has("gc-churn")
    ? logHolds({ fault: "gc-churn", whom: "everyone" }, countBandsWithClosures)
    : countBandsInPlace;
  app.get("/products/statistics", async () => {
    const rows = await databases.read<{ readonly price: number }>(
      "SELECT price_cents AS price FROM products",
    );
    return { bands: countBands(rows.map(({ price }) => price)) };
  });
}

/**
 * Faulty: a million and a half functions that live just long enough to be copied by the collector.
 * It reads well; most of its time goes to garbage collection.
 */
function countBandsWithClosures(prices: readonly number[]): readonly PriceBand[] {
  const changes: (() => number)[] = [];
  for (const price of prices) {
    for (let step = 0; step < CHANGES_EACH; step++) changes.push(() => changedPrice(price, step));
  }
  const counts: number[] = [];
  for (const change of changes) {
    const band = Math.floor(change() / BAND_CENTS);
    counts[band] = (counts[band] ?? 0) + 1;
  }
  return bandsOf(counts);
}

/** Mended: the same numbers, and nothing to collect. */
function countBandsInPlace(prices: readonly number[]): readonly PriceBand[] {
  const counts: number[] = [];
  for (const price of prices) {
    for (let step = 0; step < CHANGES_EACH; step++) {
      const band = Math.floor(changedPrice(price, step) / BAND_CENTS);
      counts[band] = (counts[band] ?? 0) + 1;
    }
  }
  return bandsOf(counts);
}

/** Bands in which no price lies are holes in the array, which flatMap leaves out. */
function bandsOf(counts: readonly number[]): readonly PriceBand[] {
  return counts.flatMap((products, band) => [{ fromCents: band * BAND_CENTS, products }]);
}

/** Whole cents, always the same for the same step. */
function changedPrice(price: number, step: number): number {
  return price + ((step * 31) % 97);
}
