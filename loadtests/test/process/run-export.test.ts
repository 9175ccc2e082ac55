/** A run's metrics in a real Prometheus, pushed while it runs, and its marks in what stands in for Grafana. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { RunDocument } from "../../src/report/run-document.js";
import { loopscope, workFolder } from "./loopscope-command.js";

const prometheusProgram = findOnPath("prometheus");
const SCRIPT = `
import http from "k6/http";
import { check } from "k6";
export const options = {
  thresholds: JSON.parse(__ENV.THRESHOLDS || "{}"),
  scenarios: { steady: { executor: "constant-arrival-rate", rate: 40, timeUnit: "1s", duration: "4s", preAllocatedVUs: 10 } },
};
export default function () {
  const answer = http.get(__ENV.BASE, { tags: { name: __ITER % 2 === 0 ? "even" : "odd" } });
  check(answer, { answered: (one) => one.status === 200 });
}
`;

function findOnPath(name: string): string | null {
  const folders = [
    path.dirname(process.env.PROMETHEUS ?? ""),
    ...(process.env.PATH ?? "").split(path.delimiter),
  ];
  const candidates = [process.env.PROMETHEUS ?? "", ...folders.map((folder) => path.join(folder, name))];
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return path.isAbsolute(file);
  } catch {
    return false;
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: { readonly time?: number; readonly timeEnd?: number; readonly tags?: readonly string[] };
}

describe("exporting a run", () => {
  const calls: Call[] = [];
  const target = createServer((_request, response) => response.end("well"));
  const grafana = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      calls.push({
        method,
        path: url,
        authorization: headers.authorization,
        body: JSON.parse(body) as Call["body"],
      });
      response.end(JSON.stringify({ id: 7, message: "Annotation added" }));
    });
  });
  const refusing = createServer((_request, response) => {
    response.statusCode = 500;
    response.end("out of order");
  });
  let base = "";
  let grafanaUrl = "";
  let refusingUrl = "";

  before(async () => {
    [base, grafanaUrl, refusingUrl] = (await Promise.all([target, grafana, refusing].map(listen))) as [
      string,
      string,
      string,
    ];
  });

  after(() => {
    for (const server of [target, grafana, refusing]) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function run(folder: string, environment: Readonly<Record<string, string>>) {
    writeFileSync(path.join(folder, "load.js"), SCRIPT);
    const parts = ["run", "load.js", "--env", `BASE=${base}`, "--tag", "testid=export-test", "--out", "out"];
    return await loopscope(folder, parts, { environment });
  }

  test("Prometheus holds what run.json says, in k6's names and in seconds, and its series end", {
    skip: prometheusProgram === null ? "Prometheus is not installed: nothing was pushed" : false,
  }, async (t) => {
    const prometheus = await startPrometheus(prometheusProgram ?? "");
    t.after(() => prometheus.stop());
    const folder = workFolder(t);
    const end = await run(folder, {
      K6_PROMETHEUS_RW_SERVER_URL: `${prometheus.url}/api/v1/write`,
      K6_PROMETHEUS_RW_PUSH_INTERVAL: "1s",
    });
    assert.equal(end.code, 0, end.stderr);
    assert.doesNotMatch(end.stderr, /could not be pushed/);
    const document = JSON.parse(readFileSync(path.join(folder, "out", "run.json"), "utf8")) as RunDocument;

    const last = async (name: string): Promise<number> => {
      const [series] = await prometheus.query(`last_over_time(${name}{testid="export-test",name=""}[5m])`);
      return Number(series?.value?.[1]);
    };
    assert.equal(await last("k6_http_reqs_total"), document.client.requests.completed);
    assert.equal(await last("k6_checks_rate"), 1);
    assert.equal(await last("k6_http_req_failed_rate"), 0);
    const p95 = document.client.metrics.http_req_duration?.values["p(95)"];
    assert.ok(Math.abs((await last("k6_http_req_duration_p95")) * 1000 - Number(p95)) < 0.001);

    const byName = await prometheus.query('last_over_time(k6_http_req_duration_p95{name!=""}[5m])');
    assert.deepEqual(byName.map(({ metric }) => metric.name).sort(), ["even", "odd"]);
    assert.deepEqual([...new Set(byName.map(({ metric }) => metric.testid))], ["export-test"]);

    const [history] = await prometheus.query('k6_http_reqs_total{testid="export-test"}[5m]');
    assert.ok((history?.values?.length ?? 0) >= 4, "it was pushed while the run went on");
    assert.deepEqual(await prometheus.query('k6_http_reqs_total{testid="export-test"}'), []);
  });

  test("Prometheus holds the run's thresholds: limits in base units, and whether each holds", {
    skip: prometheusProgram === null ? "Prometheus is not installed: nothing was pushed" : false,
  }, async (t) => {
    const prometheus = await startPrometheus(prometheusProgram ?? "");
    t.after(() => prometheus.stop());
    const end = await run(workFolder(t), {
      K6_PROMETHEUS_RW_SERVER_URL: `${prometheus.url}/api/v1/write`,
      THRESHOLDS: JSON.stringify({
        http_req_duration: ["p(95)<5000", "avg<0.001"],
        "http_reqs{method:GET}": ["rate>1"],
      }),
    });
    assert.equal(end.code, 99, end.stderr);
    const told = async (name: string) =>
      Object.fromEntries(
        (await prometheus.query(`last_over_time(${name}{testid="export-test"}[5m])`)).map(
          ({ metric, value }) => [`${metric.metric} ${metric.aggregation} ${metric.threshold}`, value?.[1]],
        ),
      );
    const [p95, average, rate] = [
      "http_req_duration p(95) http_req_duration p(95)<5000",
      "http_req_duration avg http_req_duration avg<0.001",
      "http_reqs rate http_reqs{method:GET} rate>1",
    ] as const;
    assert.deepEqual(await told("loopscope_threshold_limit"), {
      [p95]: "5",
      [average]: "0.000001",
      [rate]: "1",
    });
    assert.deepEqual(await told("loopscope_threshold_ok"), { [p95]: "1", [average]: "0", [rate]: "1" });
    assert.deepEqual(await prometheus.query("loopscope_threshold_limit"), [], "they end with the run");
  });

  test("Grafana gets a mark at the start, which becomes a region at the end", async (t) => {
    calls.length = 0;
    const end = await run(workFolder(t), { GRAFANA_URL: grafanaUrl, GRAFANA_TOKEN: "secret" });
    assert.equal(end.code, 0, end.stderr);
    assert.deepEqual(
      calls.map((call) => [call.method, call.path, call.authorization]),
      [
        ["POST", "/api/annotations", "Bearer secret"],
        ["PATCH", "/api/annotations/7", "Bearer secret"],
      ],
    );
    assert.deepEqual(calls[0]?.body.tags, ["loopscope-run", "testid:export-test"]);
    const seconds = (Number(calls[1]?.body.timeEnd) - Number(calls[0]?.body.time)) / 1000;
    assert.ok(seconds > 3 && seconds < 30, `${seconds} s`);
  });

  test("a server that refuses is told of once and fails nothing", async (t) => {
    const end = await run(workFolder(t), {
      K6_PROMETHEUS_RW_SERVER_URL: `${refusingUrl}/api/v1/write`,
      K6_PROMETHEUS_RW_PUSH_INTERVAL: "1s",
      GRAFANA_URL: "http://127.0.0.1:1",
      GRAFANA_TOKEN: "secret",
    });
    assert.equal(end.code, 0, end.stderr);
    assert.equal(
      end.stderr.match(/metrics could not be pushed to .*: 500 out of order/g)?.length,
      1,
      end.stderr,
    );
    assert.equal(end.stderr.match(/could not be marked in Grafana/g)?.length, 1, end.stderr);
  });

  for (const [name, value, sentence] of [
    [
      "K6_PROMETHEUS_RW_SERVER_URL",
      "prometheus:9090",
      /K6_PROMETHEUS_RW_SERVER_URL must be an http or https address/,
    ],
    ["K6_PROMETHEUS_RW_TREND_STATS", "p95", /may name avg, min, med, max and p\(0\) to p\(100\), got "p95"/],
    ["K6_PROMETHEUS_RW_PUSH_INTERVAL", "10ms", /must be a duration of at least 1s \(5s, 1m\), got "10ms"/],
  ] as const) {
    test(`a wrong ${name} is refused before anything starts`, async (t) => {
      const url = { K6_PROMETHEUS_RW_SERVER_URL: "http://127.0.0.1:1/api/v1/write" };
      const end = await run(workFolder(t), { ...url, [name]: value });
      assert.equal(end.code, 104);
      assert.match(end.stderr, sentence);
    });
  }
});

async function startPrometheus(program: string) {
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-export-"));
  writeFileSync(path.join(folder, "prometheus.yml"), "global: {}\n");
  const probe = createServer();
  const url = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  const child: ChildProcess = spawn(
    program,
    [
      `--config.file=${path.join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${path.join(folder, "data")}`,
      `--web.listen-address=${new URL(url).host}`,
      "--web.enable-remote-write-receiver",
    ],
    { stdio: "ignore" },
  );
  for (let attempt = 0; attempt < 300; attempt++) {
    if (
      await fetch(`${url}/-/ready`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      break;
    await pause(100);
  }
  return {
    url,
    async query(query: string): Promise<readonly Series[]> {
      const answer = await fetch(`${url}/api/v1/query`, {
        method: "POST",
        body: new URLSearchParams({ query }),
      });
      return ((await answer.json()) as { data: { result: readonly Series[] } }).data.result;
    },
    stop(): void {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
