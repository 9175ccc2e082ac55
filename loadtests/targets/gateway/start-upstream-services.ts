import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface UpstreamServices {
  /** Base URLs of each service's instances. */
  readonly urls: Readonly<Record<string, readonly string[]>>;
  stop(): Promise<void>;
}

/** Starts users, orders and products in a thread of their own. */
export async function startUpstreamServices(): Promise<UpstreamServices> {
  // Without the gateway's preloads: an agent is there to watch the gateway.
  const worker = new Worker(new URL("./upstream-services.js", import.meta.url), { execArgv: [] });
  const [urls] = (await once(worker, "message")) as [Record<string, string[]>];
  return {
    urls,
    stop: async () => {
      await worker.terminate();
    },
  };
}
