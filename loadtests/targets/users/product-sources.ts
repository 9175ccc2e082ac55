/** Where products come from: our own table, and partners over HTTP, any of which may be slow or down. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Databases } from "./databases.js";
import type { UsersSettings } from "./users-settings.js";

export interface Product {
  readonly name: string;
  readonly priceCents: number;
}

export interface ProductSource {
  readonly name: string;
  /** @param signal ends the attempt. @throws whatever went wrong. */
  list(signal: AbortSignal): Promise<readonly Product[]>;
}

export interface ProductSources {
  readonly all: readonly ProductSource[];
  close(): Promise<void>;
}

const OWN_PRODUCTS = 50;

/** @throws Error when PRODUCT_SOURCES is not `name=url,name=url`. */
export async function openProductSources(
  settings: UsersSettings,
  databases: Databases,
): Promise<ProductSources> {
  const own: ProductSource = {
    name: "own",
    list: () =>
      databases.read<Product & Record<string, unknown>>(
        'SELECT name, price_cents AS "priceCents" FROM products ORDER BY sold DESC LIMIT $1',
        [OWN_PRODUCTS],
      ),
  };
  if (settings.productSources !== undefined) {
    return { all: [own, ...parsePartners(settings.productSources)], close: async () => {} };
  }
  const partners = await startPartners();
  return { all: [own, ...partners.sources], close: partners.close };
}

function parsePartners(text: string): readonly ProductSource[] {
  return text.split(",").map((entry) => {
    const equals = entry.indexOf("=");
    const url = entry.slice(equals + 1).trim();
    if (equals < 1 || !URL.canParse(url)) {
      throw new Error(`PRODUCT_SOURCES must be name=url,name=url, got "${entry}" as one of its entries`);
    }
    return partner(entry.slice(0, equals).trim(), url);
  });
}

function partner(name: string, url: string): ProductSource {
  return {
    name,
    list: async (signal) => {
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      const products: unknown = await response.json();
      if (!Array.isArray(products)) throw new Error("it answered something that is not a list");
      return products as readonly Product[];
    },
  };
}

/** Two partners to have around when nobody named real ones: a thread with a server of its own. */
async function startPartners(): Promise<{
  readonly sources: readonly ProductSource[];
  close(): Promise<void>;
}> {
  // No preloads: what is observed is this service, not its partners.
  const worker = new Worker(new URL("partner-catalogues.js", import.meta.url), { execArgv: [], env: {} });
  const [url] = (await once(worker, "message")) as [string];
  worker.unref();
  return {
    sources: ["north", "south"].map((name) => partner(name, `${url}/${name}`)),
    close: async () => {
      await worker.terminate();
    },
  };
}
