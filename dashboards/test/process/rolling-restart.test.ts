/**
 * Three instances of a real service behind a balancer, under load, while one is restarted at its own address
 * and another is replaced by one at a new address. Held against what the load generator sent, and against
 * each process' own last counters.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { EVENTLOOP_METRICS, HTTP_METRICS } from "@loopscope/agent/catalog";
import { ALL_DASHBOARDS } from "../../src/boards/all-dashboards.js";
import type { ObservedService } from "../../src/stack/observed-service.js";
import { type RunningPrometheus, startPrometheus } from "../../src/stack/prometheus-process.js";
import { BalancedInstances, freePorts } from "../balanced-instances.js";
import {
  HASTENED_INTERVAL_SECONDS,
  HASTENED_WINDOW_SECONDS,
  hastenedExpression,
  hastenedRecordingRules,
} from "../hastened-rules.js";
import { loopscopeRun, type RecordedRun } from "../loopscope-run.js";
import {
  instantQuery,
  prometheusProgram,
  rangeQuery,
  type Series,
  WITHOUT_PROMETHEUS,
  withAllChosen,
} from "../prometheus-access.js";
import { REPOSITORY_ROOT } from "../repository-root.js";
import { panelNamed, shownName } from "../shown-series.js";

const READS_PER_SECOND = 38;
const REGISTRATIONS_PER_SECOND = 2;
const REQUESTS_PER_SECOND = READS_PER_SECOND + REGISTRATIONS_PER_SECOND;
const LOAD_SECONDS = 75;
const ATTEMPTS = 600;

/** Registrations block the event loop: the service has that fault. */
const SCRIPT = `
import http from "k6/http";
const scenario = (exec, rate) => ({
  executor: "constant-arrival-rate", exec, rate, timeUnit: "1s", duration: "${LOAD_SECONDS}s",
  preAllocatedVUs: 20, maxVUs: 100,
});
export const options = {
  scenarios: {
    reading: scenario("read", ${READS_PER_SECOND}),
    registering: scenario("register", ${REGISTRATIONS_PER_SECOND}),
  },
  thresholds: { http_req_failed: ["rate==0"] },
};
let person = 0;
export function read() { http.get(__ENV.BASE + "/users/" + (1 + (__ITER % 50))); }
export function register() {
  const name = "ada-" + __VU + "-" + ++person;
  const body = JSON.stringify({ name, email: name + "@example.com", password: "correct horse " + name });
  http.post(__ENV.BASE + "/users", body, { headers: { "Content-Type": "application/json" } });
}
`;

describe("three instances and a rolling restart", { skip: WITHOUT_PROMETHEUS }, () => {
  const folder = mkdtempSync(join(tmpdir(), "loopscope-rolling-"));
  const instances = new BalancedInstances(folder, "sync-password-hash");
  const { counters } = instances;
  let prometheus: RunningPrometheus;
  let run: RecordedRun;
  let ports: readonly number[] = [];
  const range = { startSeconds: 0, endSeconds: 0, stepSeconds: HASTENED_INTERVAL_SECONDS };

  before(async () => {
    ports = await freePorts(4);
    writeFileSync(join(folder, "recording.yml"), hastenedRecordingRules());
    prometheus = await startPrometheus({
      program: prometheusProgram ?? "",
      port: 0,
      folder,
      services: [{ name: "users", agents: ports.map((port) => `127.0.0.1:${port}`) }],
      scrapeSeconds: HASTENED_INTERVAL_SECONDS,
      ruleFiles: [
        join(folder, "recording.yml"),
        join(REPOSITORY_ROOT, "dashboards/prometheus/rules/alerts.yml"),
      ],
    });
    const first = await Promise.all(ports.slice(0, 3).map((port) => instances.start(port)));
    const baseUrl = await instances.balancer.listen();
    await waitForSeries(`count(${EVENTLOOP_METRICS.utilization.name}) == 3`);
    range.startSeconds = Date.now() / 1000;
    const [recorded] = await Promise.all([
      loopscopeRun({ script: SCRIPT, folder, testId: "rolling", prometheusUrl: prometheus.url, baseUrl }),
      rollThrough(first),
    ]);
    run = recorded;
    // The rates' windows run empty: what they count in total is complete.
    await waitForSeries("sum(instance:http_server_requests:rate1m) == 0");
    range.endSeconds = Date.now() / 1000;
    await instances.stopAll();
  });

  after(async () => {
    await instances.stopAll();
    prometheus?.process.kill("SIGKILL");
    instances.balancer.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One instance comes back at its own address, as a machine's service does; one moves, as a pod does. */
  async function rollThrough([returning, leaving]: readonly ObservedService[]): Promise<void> {
    assert.ok(returning !== undefined && leaving !== undefined);
    await untilSettled();
    await instances.retire(returning, scrapedAgain);
    await instances.start(Number(new URL(returning.agentUrl).port));
    await untilSettled();
    await instances.start(ports[3] ?? 0);
    await instances.retire(leaving, scrapedAgain);
    await untilSettled();
  }

  async function scrapedAgain(address: string): Promise<void> {
    const atMs = Date.now();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const body = (await (await fetch(`${prometheus.url}/api/v1/targets`)).json()) as {
        data: { activeTargets: { labels: { instance: string }; lastScrape: string }[] };
      };
      const target = body.data.activeTargets.find(({ labels }) => labels.instance === address);
      if (Date.parse(target?.lastScrape ?? "") > atMs) return;
      await pause(100);
    }
    assert.fail(`${address} was not scraped again`);
  }

  /** Every instance in the rotation has had a whole window of its share. */
  async function untilSettled(): Promise<void> {
    const share = REQUESTS_PER_SECOND / 3;
    const busy = `sum by (instance) (instance:http_server_requests:rate1m) > ${0.85 * share} < ${1.15 * share}`;
    await waitForSeries(`count(${busy}) == 3`);
  }

  async function waitForSeries(query: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if ((await instantQuery(prometheus.url, query)).length > 0) return;
      await pause(200);
    }
    assert.fail(`no data: ${query}`);
  }

  async function overTheRun(promql: string): Promise<readonly Series[]> {
    const seconds = Math.ceil(range.endSeconds - range.startSeconds);
    const expression = withAllChosen(hastenedExpression(promql), HASTENED_WINDOW_SECONDS, seconds);
    return rangeQuery(prometheus.url, expression, range);
  }

  /** What the only series of a panel's query showed, moment by moment. */
  async function shown(dashboard: string, panel: string, query = 0): Promise<readonly number[]> {
    const [series, ...others] = await overTheRun(queryOf(dashboard, panel, query));
    assert.ok(series !== undefined && others.length === 0, `${panel}: ${others.length + 1} series`);
    return (series.values ?? []).map(([, value]) => Number(value));
  }

  /** The panel's total over the dashboard's range, as its last moment shows it. */
  async function total(promql: string): Promise<number> {
    const series = await overTheRun(promql);
    return sum(series.map((one) => Number(one.values?.at(-1)?.[1] ?? 0)));
  }

  test("the processes counted what the load generator sent, each request once", () => {
    assert.equal(counters.length, 5, "three instances, one started anew, one replaced");
    assert.equal(sum(counters.map((one) => one.requests)), run.client.requests.completed);
  });

  test("rates are summed over the instances, and a restart neither hides requests nor makes them up", async () => {
    const rates = await shown("Service overview", "Requests");
    const whole = rates.slice(windows(1), -windows(1.5));
    // Between the last scrape of one process and the first of the next, a rate is a guess of PromQL's.
    for (const rate of whole) {
      assert.ok(rate > 0.8 * REQUESTS_PER_SECOND && rate < 1.2 * REQUESTS_PER_SECOND, whole.join(" "));
    }
    assertNear(sum(whole) / whole.length, REQUESTS_PER_SECOND, 0.03);
    assertNear(whole.at(-1) ?? 0, REQUESTS_PER_SECOND, 0.05);
  });

  test("totals survive restarts: requests and blocked seconds are those of all five processes", async () => {
    const requests = sum(await shown("Service overview", "Requests")) * HASTENED_INTERVAL_SECONDS;
    assertNear(requests, sum(counters.map((one) => one.requests)), 0.05);
    const blocked = await total(queryOf("Event loop and blocking", "Who blocked"));
    assertNear(blocked, sum(counters.map((one) => one.blockedSeconds)), 0.05);
  });

  test("client and server agree on the rate, and every answer has its kind", async () => {
    const steady = (rates: readonly number[]) => rates.slice(0, -windows(1.5)).at(-1) ?? 0;
    const client = steady(await shown("Load run", "Requests a second, client and server", 0));
    const server = steady(await shown("Load run", "Requests a second, client and server", 1));
    const successful = steady(await shown("Service overview", "Requests by kind of answer", 0));
    for (const rate of [client, server, successful]) assertNear(rate, REQUESTS_PER_SECOND, 0.05);
    assert.deepEqual(await overTheRun(queryOf("Service overview", "Requests by kind of answer", 3)), []);
  });

  test("the fleet counts the instances that are there, and one start at an address that was known", async () => {
    const instanceCounts = await shown("Fleet", "Instances with the agent");
    assert.ok(Math.min(...instanceCounts) >= 2, "while one restarts");
    assert.ok(Math.max(...instanceCounts) <= 4, "while one is replaced");
    assert.equal(instanceCounts.at(-1), 3);
    assert.equal((await shown("Fleet", "Starts")).at(-1), 1);
  });

  test("nobody is woken by it", async () => {
    const firing = await overTheRun('ALERTS{alertstate="firing",severity="page"}');
    assert.deepEqual(
      firing.map((one) => one.metric.alertname),
      [],
    );
  });

  test("a counter that begins again makes no peak", async () => {
    for (const series of await overTheRun(queryOf("Service overview", "Processor"))) {
      for (const [, cores] of series.values ?? []) assert.ok(Number(cores) >= 0 && Number(cores) < 3, cores);
    }
  });

  test("quantiles over instances stay within what the load generator saw", async () => {
    const slowest = (run.client.metrics.http_req_duration?.values.max ?? 0) / 1000;
    const bound = HTTP_METRICS.serverRequestDuration.buckets.find((one) => one >= slowest) ?? 0;
    for (const p95 of await shown("Service overview", "p95")) assert.ok(p95 > 0 && p95 <= bound, `${p95} s`);
  });

  for (const dashboard of ALL_DASHBOARDS) {
    test(`${dashboard.title}: every query works throughout, and nothing is shown twice`, async () => {
      for (const panel of dashboard.rows.flatMap((row) => row.panels)) {
        for (const query of panel.queries) {
          const series = await overTheRun(query.vector.promql);
          const names = series.map((one) => shownName(panel, query, one.metric));
          assert.equal(new Set(names).size, names.length, `${panel.title}: ${names.join(", ")}`);
        }
      }
    });
  }
});

function queryOf(dashboard: string, panel: string, query = 0): string {
  return panelNamed(dashboard, panel).queries[query]?.vector.promql ?? "";
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** How many evaluations fit into that many windows. */
function windows(count: number): number {
  return Math.ceil((count * HASTENED_WINDOW_SECONDS) / HASTENED_INTERVAL_SECONDS);
}

function assertNear(actual: number, expected: number, tolerance: number): void {
  const off = Math.abs(actual - expected) / expected;
  assert.ok(off <= tolerance, `${actual} is not within ${tolerance * 100} % of ${expected}`);
}
