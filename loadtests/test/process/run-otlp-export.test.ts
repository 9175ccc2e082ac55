/** A run's metrics by OTLP over HTTP, under the names and variables of k6's OpenTelemetry output. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import path from "node:path";
import { test } from "node:test";
import type { RunDocument } from "../../src/report/run-document.js";
import { K6, skipWithoutK6 } from "./installed-k6.js";
import { listenOnLoopback } from "./listen-on-loopback.js";
import { loopscope, workFolder } from "./loopscope-command.js";

/** Metrics that k6 does not have. */
const OUR_OWN = new Set(["response_time", "schedule_slip"]);

const SCRIPT = `
import http from "k6/http";
import { check } from "k6";
import { Gauge, Trend } from "k6/metrics";
const size = new Trend("answer_size");
const latest = new Gauge("latest");
export const options = {
  scenarios: { steady: { executor: "constant-arrival-rate", rate: 40, timeUnit: "1s", duration: "3s", preAllocatedVUs: 10 } },
};
export default function () {
  const answer = http.get(__ENV.BASE, { tags: { name: __ITER % 2 === 0 ? "even" : "odd" } });
  check(answer, { answered: (one) => one.status === 200, "every second": () => __ITER % 2 === 0 });
  size.add(4);
  latest.add(7);
}
`;

interface Point {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly count?: string;
  readonly sum?: number;
  readonly explicitBounds?: readonly number[];
  readonly bucketCounts?: readonly string[];
}

interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly isMonotonic: boolean; readonly dataPoints: readonly Point[] };
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}

interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly service: string;
  readonly metrics: ReadonlyMap<string, Metric>;
}

/** host:port, as k6's variables want it. */
async function listen(t: { after(fn: () => void): void }, server: Server): Promise<string> {
  return new URL(await listenOnLoopback(t, server)).host;
}

/** A collector that keeps what it gets, or refuses it. */
async function collector(t: { after(fn: () => void): void }, status = 200) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      const [resource] = JSON.parse(body).resourceMetrics;
      received.push({
        path: request.url ?? "",
        headers: request.headers,
        service: resource.resource.attributes[0].value.stringValue,
        metrics: new Map(resource.scopeMetrics[0].metrics.map((metric: Metric) => [metric.name, metric])),
      });
      response.writeHead(status).end("{}");
    });
  });
  return { endpoint: await listen(t, server), received };
}

async function run(
  t: { after(fn: () => void): void },
  environment: Readonly<Record<string, string>>,
  answer: RequestListener = (_, response) => response.end("well"),
) {
  const base = await listen(t, createServer(answer));
  const folder = workFolder(t);
  writeFileSync(path.join(folder, "load.js"), SCRIPT);
  const args = ["run", "load.js", "-e", `BASE=http://${base}`, "--tag", "testid=otlp-test", "--out", "out"];
  const end = await loopscope(folder, args, {
    environment: { K6_OTEL_HTTP_EXPORTER_INSECURE: "true", ...environment },
  });
  const read = () => JSON.parse(readFileSync(path.join(folder, "out", "run.json"), "utf8")) as RunDocument;
  return { end, read };
}

const attributesOf = (point: Point | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(point?.attributes.map(({ key, value }) => [key, value.stringValue]) ?? []);

test("a collector gets what run.json says, as k6's output would name it, while the run goes on", async (t) => {
  const { endpoint, received } = await collector(t);
  const { end, read } = await run(t, {
    K6_OTEL_HTTP_EXPORTER_ENDPOINT: endpoint,
    K6_OTEL_EXPORT_INTERVAL: "1s",
    K6_OTEL_METRIC_PREFIX: "k6_",
    K6_OTEL_HEADERS: "x-scope=one, X-Other=a=b",
  });
  assert.equal(end.code, 0, end.stderr);
  assert.ok(received.length >= 3, `${received.length} requests`);
  const last = received.at(-1);
  assert.deepEqual(
    [last?.path, last?.service, last?.headers["x-scope"], last?.headers["x-other"]],
    ["/v1/metrics", "k6", "one", "a=b"],
  );
  const { client } = read();
  const requests = client.requests.completed;

  const count = last?.metrics.get("k6_http_reqs");
  assert.equal(count?.sum?.isMonotonic, true);
  const [total] = count?.sum?.dataPoints ?? [];
  assert.equal(total?.asDouble, requests);
  assert.deepEqual(attributesOf(total), { testid: "otlp-test" });
  assert.ok(BigInt(total?.timeUnixNano ?? 0) > BigInt(total?.startTimeUnixNano ?? 0));

  const checks = last?.metrics.get("k6_checks")?.sum?.dataPoints ?? [];
  const passes = client.checks.reduce((sum, check) => sum + check.passes, 0);
  const fails = client.checks.reduce((sum, check) => sum + check.fails, 0);
  assert.deepEqual(
    checks.map((point) => [attributesOf(point).condition, point.asInt]),
    [
      ["nonzero", `${passes}`],
      ["zero", `${fails}`],
    ],
  );

  const durations = last?.metrics.get("k6_http_req_duration");
  assert.equal(durations?.unit, "ms");
  const byName = durations?.histogram?.dataPoints ?? [];
  assert.deepEqual(byName.map((point) => attributesOf(point).name).sort(), ["even", "odd"]);
  for (const { count: all, bucketCounts = [], explicitBounds = [] } of byName) {
    assert.equal(bucketCounts.length, explicitBounds.length + 1);
    const sum = bucketCounts.reduce((before, bucket) => before + Number(bucket), 0);
    assert.equal(sum, Number(all));
  }
  assert.equal(
    byName.reduce((sum, point) => sum + Number(point.count), 0),
    requests,
  );
  const sizes = last?.metrics.get("k6_answer_size")?.histogram?.dataPoints[0];
  assert.deepEqual([sizes?.count, sizes?.explicitBounds], [`${requests}`, []]);
  assert.ok(Math.abs((sizes?.sum ?? 0) - 4 * requests) < 0.01 * requests);
  assert.equal(last?.metrics.get("k6_latest")?.gauge?.dataPoints[0]?.asDouble, 7);
});

test("buckets hold the requests up to their bounds: none that took 60 ms is at or under 50", async (t) => {
  const { endpoint, received } = await collector(t);
  const { end } = await run(t, { K6_OTEL_HTTP_EXPORTER_ENDPOINT: endpoint }, (_, response) => {
    setTimeout(() => response.end("well"), 60);
  });
  assert.equal(end.code, 0, end.stderr);
  const points = received.at(-1)?.metrics.get("http_req_duration")?.histogram?.dataPoints ?? [];
  assert.ok(points.length > 0, "without a prefix the names are k6's own");
  for (const { explicitBounds = [], bucketCounts = [], count } of points) {
    const upTo = (bound: number): number =>
      bucketCounts
        .slice(0, explicitBounds.indexOf(bound) + 1)
        .reduce((sum, bucket) => sum + Number(bucket), 0);
    assert.equal(upTo(50), 0);
    assert.ok(upTo(10_000) > 0 && upTo(10_000) <= Number(count));
  }
});

test("the real k6 sends the same names and the same attribute of rates", {
  skip: skipWithoutK6,
}, async (t) => {
  const { endpoint, received } = await collector(t);
  const { end } = await run(t, { K6_OTEL_HTTP_EXPORTER_ENDPOINT: endpoint });
  assert.equal(end.code, 0, end.stderr);
  const bodies: Buffer[] = [];
  const theirs = createServer((request, response) => {
    request.on("data", (bytes: Buffer) => bodies.push(bytes)).on("end", () => response.end());
  });
  const theirEndpoint = await listen(t, theirs);
  const base = await listen(
    t,
    createServer((_, response) => response.end("well")),
  );
  const folder = workFolder(t);
  writeFileSync(path.join(folder, "load.js"), SCRIPT);
  const k6 = spawn(K6, ["run", "-q", "-o", "opentelemetry", "-e", `BASE=http://${base}`, "load.js"], {
    cwd: folder,
    env: {
      ...process.env,
      K6_OTEL_EXPORTER_PROTOCOL: "http/protobuf",
      K6_OTEL_HTTP_EXPORTER_INSECURE: "true",
      K6_OTEL_HTTP_EXPORTER_ENDPOINT: theirEndpoint,
    },
    stdio: "ignore",
  });
  assert.deepEqual(await once(k6, "exit"), [0, null]);
  // Names are plain text in their binary form, too.
  const text = Buffer.concat(bodies).toString("latin1");
  const ours = [...(received.at(-1)?.metrics.keys() ?? [])].filter((name) => !OUR_OWN.has(name));
  assert.ok(ours.length >= 12, ours.join());
  for (const word of [...ours, "condition", "nonzero"]) assert.ok(text.includes(word), word);
});

test("a collector that refuses is told of once and fails nothing", async (t) => {
  const { endpoint, received } = await collector(t, 503);
  const { end } = await run(t, {
    K6_OTEL_HTTP_EXPORTER_ENDPOINT: endpoint,
    K6_OTEL_EXPORT_INTERVAL: "1s",
  });
  assert.equal(end.code, 0);
  assert.ok(received.length >= 3);
  assert.equal(
    end.stderr.match(/could not be pushed to http:\/\/127\.0\.0\.1:\d+\/v1\/metrics: 503/g)?.length,
    1,
  );
});

const REFUSALS: readonly (readonly [name: string, value: string, sentence: RegExp])[] = [
  ["K6_OTEL_HTTP_EXPORTER_ENDPOINT", "http://127.0.0.1:1", /must be host:port without a scheme/],
  ["K6_OTEL_EXPORTER_PROTOCOL", "grpc", /must be http\/protobuf where .* is set, got "grpc"/],
  ["K6_OTEL_EXPORT_INTERVAL", "100ms", /must be a duration of at least 1s \(5s, 1m\), got "100ms"/],
  ["K6_OTEL_HEADERS", "nothing", /must be name=value pairs with commas between, got "nothing"/],
];

for (const [name, value, sentence] of REFUSALS) {
  test(`${name}=${value} is refused in one sentence before the load`, async (t) => {
    const { end } = await run(t, { K6_OTEL_HTTP_EXPORTER_ENDPOINT: "127.0.0.1:1", [name]: value });
    assert.equal(end.code, 104, end.stderr);
    assert.match(end.stderr, new RegExp(`${name} ${sentence.source}`));
  });
}
