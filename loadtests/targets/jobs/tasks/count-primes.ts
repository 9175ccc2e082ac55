import { numberInput, type Task } from "./task.js";

/** CPU-bound work belongs in a worker thread; aborting it ends the thread, which nothing else could. */
export const countPrimes: Task = async (input, tools, signal) => {
  const limit = numberInput(input, "limit", 10_000);
  return { primes: (await tools.threads.run(limit, { name: "primesUpTo", signal })) as number };
};
