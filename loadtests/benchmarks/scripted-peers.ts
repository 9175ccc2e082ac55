/** Load generators with scripts of their own kinds, each asking for one URL over and over, as fast as it can. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { measurement, type Tool } from "./compared-tool.js";
import { measureProcess } from "./measured-process.js";

/** Artillery ends when its users have done what they were asked for, of which this is about a second's worth. */
const ARTILLERY_REQUESTS_PER_SECOND = 2500;
const ARTILLERY_LEAST_PER_USER = 20;

/** @param command Artillery 2 */
export function artillery(command: string, url: string): Tool {
  return async (vus, seconds) => {
    const folder = mkdtempSync(path.join(tmpdir(), "loopscope-artillery-"));
    const script = path.join(folder, "load.json");
    const output = path.join(folder, "report.json");
    const wanted = Math.ceil((ARTILLERY_REQUESTS_PER_SECOND * seconds) / vus);
    const flow = [{ loop: [{ get: { url } }], count: Math.max(ARTILLERY_LEAST_PER_USER, wanted) }];
    const config = { target: url, phases: [{ duration: 1, arrivalCount: vus }] };
    writeFileSync(script, JSON.stringify({ config, scenarios: [{ flow }] }));
    try {
      const args = ["run", "--quiet", "--output", output, script];
      const { cpuSeconds, maxRssMiB } = await measureProcess(command, args);
      const { aggregate } = JSON.parse(readFileSync(output, "utf8")) as {
        aggregate: { counters: Record<string, number>; firstCounterAt: number; lastCounterAt: number };
      };
      const count = aggregate.counters["http.codes.200"] ?? 0;
      const tookSeconds = (aggregate.lastCounterAt - aggregate.firstCounterAt) / 1000;
      return measurement(count, tookSeconds, cpuSeconds, maxRssMiB);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

const LOCUST_SCRIPT = `from locust import FastHttpUser, constant, task
class Asking(FastHttpUser):
    wait_time = constant(0)
    @task
    def ask(self):
        self.client.get("/")
`;

/** Locust with its faster client. @param command Locust 2 */
export function locust(command: string, url: string): Tool {
  return async (vus, seconds) => {
    const folder = mkdtempSync(path.join(tmpdir(), "loopscope-locust-"));
    const script = path.join(folder, "locustfile.py");
    const figures = path.join(folder, "run");
    writeFileSync(script, LOCUST_SCRIPT);
    try {
      const users = ["-u", String(vus), "-r", String(vus), "-t", `${seconds}s`];
      const output = ["--headless", "--csv", figures, "--loglevel", "ERROR"];
      const args = ["-f", script, "-H", new URL(url).origin, ...users, ...output];
      const { cpuSeconds, maxRssMiB } = await measureProcess(command, args);
      return measurement(locustRequests(`${figures}_stats.csv`), seconds, cpuSeconds, maxRssMiB);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

/** The last line of the table is of all requests; its third column counts them. */
function locustRequests(file: string): number {
  const last = readFileSync(file, "utf8").trim().split("\n").at(-1);
  return Number(last?.split(",")[2]);
}
