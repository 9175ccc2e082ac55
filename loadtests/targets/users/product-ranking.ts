/** The best-selling products: sorted in the handler, or by the index that is sorted already. */

import type { FastifyInstance } from "fastify";
import { logHolds } from "../service/fault-log.js";
import type { Databases } from "./databases.js";
import type { UsersFaultId } from "./faults.js";

interface RankedProduct {
  readonly name: string;
  readonly sold: number;
}

const RANKS = 20;
/** As many as a shop of some size has, kept in memory "because that is fast". */
const PRODUCTS_IN_MEMORY = 300_000;

export function addProductRanking(
  app: FastifyInstance,
  databases: Databases,
  faults: ReadonlySet<UsersFaultId>,
): void {
  const inMemory = faults.has("large-array-sort") ? productsInMemory() : [];
  const rankOnLoop = logHolds({ fault: "large-array-sort", whom: "everyone" }, rankInHandler);
  app.get("/products/ranking", async () => ({
    products: faults.has("large-array-sort") ? rankOnLoop(inMemory) : await rankInDatabase(databases),
  }));
}

/** Faulty: n log n comparisons on the event loop, on each request, for twenty results. */
function rankInHandler(products: readonly RankedProduct[]): readonly RankedProduct[] {
  const ranked = [...products].sort((a, b) => b.sold - a.sold || (a.name < b.name ? -1 : 1));
  return ranked.slice(0, RANKS);
}

/** Mended: the index `products_by_sold` is in this order; the database reads twenty entries of it. */
function rankInDatabase(databases: Databases): Promise<readonly RankedProduct[]> {
  return databases.read<RankedProduct & Record<string, unknown>>(
    "SELECT name, sold FROM products ORDER BY sold DESC, name LIMIT $1",
    [RANKS],
  );
}

/** In no particular order, and the same each time. */
function productsInMemory(): readonly RankedProduct[] {
  return Array.from({ length: PRODUCTS_IN_MEMORY }, (_, index) => ({
    name: `Product ${index}`,
    sold: (index * 7919) % 10_007,
  }));
}
