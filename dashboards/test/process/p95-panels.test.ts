/**
 * The panels that show a p95, against the p95 that the load generator measured in the same run. The answers
 * take from 0.4 to 1.6 s of waiting: what the way between the two processes takes is far below 1 % of it.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { HTTP_METRICS } from "@loopscope/agent/catalog";
import { type ObservedService, startObservedService } from "../../src/stack/observed-service.js";
import { type RunningPrometheus, startPrometheus } from "../../src/stack/prometheus-process.js";
import { HASTENED_WINDOW_SECONDS, hastenedRecordingRules } from "../hastened-rules.js";
import { loopscopeRun, type RecordedRun } from "../loopscope-run.js";
import { instantQuery, prometheusProgram, WITHOUT_PROMETHEUS, withAllChosen } from "../prometheus-access.js";
import { panelNamed } from "../shown-series.js";

/** Answers after as long as the query says. */
const SERVICE = `
require("node:http").createServer((request, answer) => {
  setTimeout(() => answer.end("well"), Number(new URL(request.url, "http://x").searchParams.get("ms")));
}).listen(0, "127.0.0.1");
`;
const LOAD_SECONDS = 20;
const REQUESTS_PER_SECOND = 50;
const SCRIPT = `
import http from "k6/http";
import exec from "k6/execution";
export const options = {
  scenarios: { steady: {
    executor: "constant-arrival-rate", rate: ${REQUESTS_PER_SECOND}, timeUnit: "1s", duration: "${LOAD_SECONDS}s",
    preAllocatedVUs: 80, maxVUs: 200,
  } },
  thresholds: { http_req_failed: ["rate==0"], dropped_iterations: ["count==0"] },
};
export default function () {
  http.get(__ENV.BASE + "/work?ms=" + (400 + (exec.scenario.iterationInTest * 28) % 1200), { tags: { name: "work" } });
}
`;

/** Dashboard, panel, number of the query, and how far it may be from the load generator's p95. */
const EXACT_PANELS = [
  ["Load run", "Latency, client and server", "client p95 {{testid}}", 0.001],
  ["Load run", "Latency, client and server", "server p95", 0.01],
  ["Load run", "Client p95 by request", "{{name}}", 0.001],
  ["Service overview", "p95", "{{job}}", 0.01],
  ["Service overview", "Duration at the slowest instance", "p95", 0.01],
  ["Service overview", "Exact p95 by route", "{{http_route}}", 0.01],
  ["Fleet", "p95", "{{job}} {{instance}}", 0.01],
] as const;

/** Summed over instances, which exact quantiles cannot be: right to the bucket. */
const BUCKET_PANELS = [
  ["Service overview", "Duration over all instances", "p95"],
  ["Service overview", "p95 by route from buckets", "{{http_route}}"],
] as const;

describe("p95 panels", { skip: WITHOUT_PROMETHEUS }, () => {
  const folder = mkdtempSync(join(tmpdir(), "loopscope-p95-"));
  let service: ObservedService;
  let prometheus: RunningPrometheus;
  let run: RecordedRun;
  let generatorP95 = 0;

  before(async () => {
    service = await startObservedService([process.execPath, "-e", SERVICE], folder, {
      prometheusProgram: null,
      prometheusPort: 0,
      serviceName: "worker",
      environment: { ...process.env, LOOPSCOPE_PORT: "0" },
    });
    writeFileSync(join(folder, "recording.yml"), hastenedRecordingRules());
    prometheus = await startPrometheus({
      program: prometheusProgram ?? "",
      port: 0,
      folder,
      services: [{ name: "worker", agents: [new URL(service.agentUrl).host] }],
      scrapeSeconds: 1,
      ruleFiles: [join(folder, "recording.yml")],
    });
    run = await loopscopeRun({
      script: SCRIPT,
      folder,
      testId: "p95",
      prometheusUrl: prometheus.url,
      baseUrl: service.url,
    });
    generatorP95 = (run.client.metrics.http_req_duration?.values["p(95)"] ?? 0) / 1000;
    // All of the run's requests are scraped: the last minute, of which quantiles are told, holds the whole run.
    const count = `sum(${HTTP_METRICS.serverRequestDuration.name}_count)`;
    await waitFor(`${count} == ${run.client.requests.completed}`);
    await waitFor("route:http_server_request_duration_quantile_seconds:worst_instance");
  });

  after(async () => {
    prometheus?.process.kill("SIGKILL");
    if (service !== undefined) {
      const ended = once(service.process, "exit");
      service.process.kill("SIGKILL");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  async function waitFor(query: string): Promise<void> {
    for (let attempt = 0; attempt < 120; attempt++) {
      if ((await instantQuery(prometheus.url, query)).length > 0) return;
      await pause(250);
    }
    assert.fail(`no data: ${query}`);
  }

  async function shown(dashboard: string, title: string, legend: string): Promise<number> {
    const query = panelNamed(dashboard, title).queries.find((one) => one.legend === legend);
    assert.ok(query !== undefined, `${title} has no ${legend}`);
    const expression = withAllChosen(query.vector.promql, HASTENED_WINDOW_SECONDS, 60);
    const [series, ...others] = await instantQuery(prometheus.url, expression);
    assert.ok(series !== undefined && others.length === 0, `${expression}: ${others.length + 1} series`);
    return Number(series.value?.[1]);
  }

  test("the run is one that percentiles can be read from", () => {
    assert.equal(run.client.requests.completed, LOAD_SECONDS * REQUESTS_PER_SECOND);
    assert.ok(generatorP95 > 1.5 && generatorP95 < 1.62, `${generatorP95} s`);
  });

  for (const [dashboard, title, legend, tolerance] of EXACT_PANELS) {
    test(`${dashboard}: "${title}", ${legend}, is within ${tolerance * 100} % of the generator's`, async (t) => {
      const p95 = await shown(dashboard, title, legend);
      const off = Math.abs(p95 / generatorP95 - 1);
      t.diagnostic(`${p95} s, generator ${generatorP95} s: ${(off * 100).toFixed(2)} %`);
      assert.ok(off <= tolerance, `${p95} s, but the generator measured ${generatorP95} s`);
    });
  }

  for (const [dashboard, title, legend] of BUCKET_PANELS) {
    test(`${dashboard}: "${title}" is in the generator's bucket, and says that it is that coarse`, async () => {
      const bounds = HTTP_METRICS.serverRequestDuration.buckets;
      const bucket = bounds.findIndex((bound) => bound >= generatorP95);
      const p95 = await shown(dashboard, title, legend);
      assert.ok(p95 > (bounds[bucket - 1] ?? 0) && p95 <= (bounds[bucket] ?? Infinity), `${p95} s`);
      assert.match(panelNamed(dashboard, title).description, /as coarse as they are/);
    });
  }
});
