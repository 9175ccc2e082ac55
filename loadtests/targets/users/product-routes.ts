/** Products of all sources at once; one that fails costs its own products and nothing else. */

import type { FastifyInstance } from "fastify";
import { Problem } from "../service/problem-details.js";
import type { Product, ProductSource } from "./product-sources.js";

interface SourceReport {
  readonly name: string;
  readonly ok: boolean;
  readonly count: number;
  readonly error?: string;
}

export function addProductRoutes(
  app: FastifyInstance,
  sources: readonly ProductSource[],
  sourceTimeoutMs: number,
): void {
  app.get("/products", async () => {
    const answers = await Promise.all(sources.map((source) => askSource(source, sourceTimeoutMs)));
    const reports = answers.map(({ report }) => report);
    if (reports.every(({ ok }) => !ok)) {
      throw new Problem(503, "Service Unavailable", "No source of products answered.", {
        extensions: { sources: reports },
        headers: { "retry-after": "1" },
      });
    }
    const products = answers.flatMap((answer) => answer.products);
    const partial = reports.some(({ ok }) => !ok);
    return { count: products.length, partial, sources: reports, products };
  });
}

/** Never rejects: a failure is part of the answer. */
async function askSource(
  source: ProductSource,
  timeoutMs: number,
): Promise<{ readonly products: readonly Product[]; readonly report: SourceReport }> {
  try {
    const products = await source.list(AbortSignal.timeout(timeoutMs));
    return { products, report: { name: source.name, ok: true, count: products.length } };
  } catch (failure) {
    return { products: [], report: { name: source.name, ok: false, count: 0, error: reasonOf(failure) } };
  }
}

/** Enough for the client to know which source and how; addresses and codes stay here. */
function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return "it failed";
  if (failure.name === "TimeoutError") return "it did not answer in time";
  return failure.message.startsWith("it answered") ? failure.message : "it could not be reached";
}
