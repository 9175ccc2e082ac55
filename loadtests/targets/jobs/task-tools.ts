import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { Semaphore } from "../service/semaphore.js";
import type { JobServiceSettings } from "./job-service.js";
import type { TaskTools } from "./tasks/task.js";

/** Whoever makes them destroys the threads. */
export function createTaskTools(settings: JobServiceSettings): TaskTools {
  return {
    threads: new Piscina({
      filename: new URL("./tasks/thread-functions.js", import.meta.url).href,
      // One core stays free for the event loop, which has to answer while the threads compute.
      maxThreads: Math.max(1, availableParallelism() - 1),
      minThreads: 1,
    }),
    outbound: new Semaphore(settings.outboundLimit),
    downstreamUrl: settings.downstreamUrl,
    invoicePaths: settings.invoicePaths,
  };
}
