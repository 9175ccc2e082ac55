/**
 * Loads one URL in a closed loop, by `bench`'s engine or by stock autocannon, and prints its figures as JSON: a
 * program for the benchmarks to start. `run-bench.js <bench|autocannon> <url> <connections> <seconds>`
 */

import autocannon from "autocannon";
import { plainGets } from "../src/engine/autocannon/bench-options.js";
import { prepareBench } from "../src/engine/autocannon/prepare-bench.js";

const GIVE_UP_MS = 10_000;

export interface BenchFigures {
  readonly requests: number;
  /** User and system time from the first connection to the end: the start of Node is not in it. */
  readonly loadCpuSeconds: number;
}

const [generator = "", url = "", connections = "1", seconds = "1"] = process.argv.slice(2);
const before = process.cpuUsage();
const requests = generator === "bench" ? await bench() : await stockAutocannon();
const { user, system } = process.cpuUsage(before);
const figures: BenchFigures = { requests, loadCpuSeconds: (user + system) / 1e6 };
process.stdout.write(JSON.stringify(figures));

async function bench(): Promise<number> {
  const load = prepareBench(plainGets(url, Number(connections), Number(seconds) * 1000, GIVE_UP_MS), []);
  const listener = { onLoadStart: () => {}, onInterval: () => {}, onConsole: () => {} };
  const result = await load.run(listener, [], new AbortController().signal);
  return result.requests.completed;
}

async function stockAutocannon(): Promise<number> {
  const options = { url, connections: Number(connections), duration: Number(seconds) };
  const result = (await autocannon(options)) as { "2xx": number };
  return result["2xx"];
}
