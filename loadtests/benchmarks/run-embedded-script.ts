/**
 * Runs a script on the embedded engine and prints its figures as JSON: a program for the benchmarks to start.
 * With `TELL_DUE` among the script's variables each iteration finds in `__ENV.DUE` when it was due, in
 * milliseconds on the system's monotonic clock, which servers on this machine read too.
 */

import { histogramFromSnapshot } from "@loopscope/agent/catalog";
import { processWideMs } from "../src/clock.js";
import { prepareScript } from "../src/engine/embedded/prepare-script.js";
import { ScenarioRun } from "../src/engine/embedded/run/scenario-run.js";

const [scriptPath = "", env = "{}", overrides = "{}", threads = "1", warmupMs = "0"] = process.argv.slice(2);
if (JSON.parse(env).TELL_DUE !== undefined) tellDue();
const load = await prepareScript({
  scriptPath,
  env: JSON.parse(env),
  overrides: JSON.parse(overrides),
  threads: Number(threads),
  warmupMs: Number(warmupMs),
});
const rss: number[] = [];
let before = process.cpuUsage();
const result = await load.run(
  {
    onLoadStart: () => {
      before = process.cpuUsage();
    },
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
    byName: result.byName.map(({ name, requests, latency }) => ({
      name,
      requests,
      latencyMs: quantiles(latency),
    })),
    serviceTimeMs: quantiles(result.serviceTime),
    slipMs: quantiles(result.scheduleSlip),
    rssBytes: rss,
  }),
);

function tellDue(): void {
  const iterate = ScenarioRun.prototype.iterate;
  ScenarioRun.prototype.iterate = function (user, intendedAtMs) {
    user.env.DUE = String(intendedAtMs - performance.now() + processWideMs());
    return iterate.call(this, user, intendedAtMs);
  };
}
