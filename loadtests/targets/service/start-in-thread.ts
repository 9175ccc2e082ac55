import { once } from "node:events";
import { Worker } from "node:worker_threads";

/**
 * Runs a module in a thread of its own and waits for its first message. For the small services that stand
 * behind an example: what they do must not be mistaken for what the example does, nor their ports for its
 * port.
 */
export async function startInThread<T>(module: URL): Promise<{ answer: T; stop(): Promise<void> }> {
  // Without the process's preloads: an agent is there to watch the example.
  const worker = new Worker(module, { execArgv: [] });
  const [answer] = (await once(worker, "message")) as [T];
  return {
    answer,
    stop: async () => {
      await worker.terminate();
    },
  };
}
