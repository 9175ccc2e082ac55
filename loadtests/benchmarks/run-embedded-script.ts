/** Runs a script on the embedded engine and prints its figures as JSON: a program for the benchmarks to start. */

import { histogramFromSnapshot } from "@loopscope/agent/catalog";
import { prepareScript } from "../src/engine/embedded/prepare-script.js";

const [scriptPath = "", env = "{}", overrides = "{}", threads = "1"] = process.argv.slice(2);
const load = await prepareScript({
  scriptPath,
  env: JSON.parse(env),
  overrides: JSON.parse(overrides),
  threads: Number(threads),
});
const rss: number[] = [];
const before = process.cpuUsage();
const result = await load.run(
  {
    onLoadStart: () => {},
    onInterval: () => rss.push(process.memoryUsage.rss()),
    onConsole: (_level, message) => process.stderr.write(`${message}\n`),
  },
  [],
  new AbortController().signal,
);
const cpu = process.cpuUsage(before);
const quantiles = (snapshot: typeof result.latency) => {
  const histogram = histogramFromSnapshot(snapshot);
  return [0.5, 0.9, 0.99, 0.999, 1].map((quantile) => histogram.quantile(quantile) / 1000);
};
process.stdout.write(
  JSON.stringify({
    iterations: result.metrics.find(({ name }) => name === "iterations")?.values.count ?? 0,
    seconds: (result.endedAt - result.startedAt) / 1000,
    loadCpuSeconds: (cpu.user + cpu.system) / 1e6,
    requests: result.requests,
    latencyMs: quantiles(result.latency),
    serviceTimeMs: quantiles(result.serviceTime),
    slipMs: quantiles(result.scheduleSlip),
    rssBytes: rss,
  }),
);
