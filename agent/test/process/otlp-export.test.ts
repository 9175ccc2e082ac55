import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startProgram } from "./measured-program";
import { pollUntil } from "./poll-until";

const PLAIN = "services/plain-http-with-odd-endings.cjs";

interface Point {
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: string } }[];
  readonly timeUnixNano: string;
  readonly startTimeUnixNano: string;
  readonly asDouble?: number;
  readonly count?: string;
  readonly sum?: number;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly number[];
}

interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly histogram?: { aggregationTemporality: number; dataPoints: readonly Point[] };
  readonly gauge?: { dataPoints: readonly Point[] };
  readonly sum?: { isMonotonic: boolean; dataPoints: readonly Point[] };
}

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly resource: Readonly<Record<string, string | undefined>>;
  readonly metrics: ReadonlyMap<string, Metric>;
}

interface LogRecord {
  readonly timeUnixNano: string;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: { readonly stringValue: string };
  readonly attributes: Point["attributes"];
  readonly traceId?: string;
  readonly spanId?: string;
}

/**
 * A collector's HTTP side: takes what it is sent, and gives the metrics out in order.
 *
 * @param logsStatus how it answers logs: 404 without a pipeline for them.
 */
async function startReceiver(t: TestContext, logsStatus = 200) {
  const received: Received[] = [];
  const logs: LogRecord[] = [];
  let logRequests = 0;
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += piece;
    assert.doesNotMatch(text, /:null/, "collectors refuse a request with a null in it");
    if (request.url === "/v1/logs") {
      logRequests++;
      logs.push(...JSON.parse(text).resourceLogs[0].scopeLogs[0].logRecords);
      response.statusCode = logsStatus;
      response.end("{}");
      return;
    }
    const [{ resource, scopeMetrics }] = JSON.parse(text).resourceMetrics;
    const metrics = scopeMetrics[0].metrics as Metric[];
    received.push({
      path: request.url,
      headers: request.headers,
      resource: Object.fromEntries(
        resource.attributes.map(({ key, value }: Point["attributes"][number]) => [key, value.stringValue]),
      ),
      metrics: new Map(metrics.map((metric) => [metric.name, metric])),
    });
    response.setHeader("content-type", "application/json");
    response.end("{}");
    server.emit("metrics");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logs,
    logRequests: () => logRequests,
    async until(condition: (one: Received) => boolean): Promise<Received> {
      for (let next = 0; ; next++) {
        while (next >= received.length) await once(server, "metrics");
        const one = received[next] as Received;
        if (condition(one)) return one;
      }
    },
  };
}

function durationPoint({ metrics }: Received): Point | undefined {
  return metrics.get("http.server.request.duration")?.histogram?.dataPoints[0];
}

test("a collector receives by OTLP what a scrape shows, under the conventions' names", async (t) => {
  const collector = await startReceiver(t);
  const program = await startProgram(t, PLAIN, {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20secret",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
      OTEL_SERVICE_NAME: "shop",
    },
  });
  for (let n = 0; n < 5; n++) await (await fetch(`${program.url}/block?ms=0`)).text();
  const one = await collector.until((received) => durationPoint(received)?.count === "5");
  assert.equal(one.path, "/v1/metrics");
  assert.equal(one.headers["api-key"], "a secret");
  assert.equal(one.resource["service.name"], "shop");
  assert.equal(one.resource["service.instance.id"], `${hostname()}:${program.pid}`);

  const point = durationPoint(one) as Point;
  const attributes = Object.fromEntries(
    point.attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
  );
  assert.deepEqual(attributes, {
    "http.request.method": "GET",
    "http.route": "unmatched",
    "http.response.status_code": 200,
  });
  assert.equal(one.metrics.get("http.server.request.duration")?.unit, "s");
  assert.equal(one.metrics.get("http.server.request.duration")?.histogram?.aggregationTemporality, 2);
  assert.ok(BigInt(point.timeUnixNano) > BigInt(point.startTimeUnixNano));

  const labels = 'http_request_method="GET",http_route="unmatched",http_response_status_code="200"';
  let cumulative = 0;
  for (const [index, bound] of [...(point.explicitBounds ?? []), "+Inf"].entries()) {
    cumulative += Number(point.bucketCounts?.[index]);
    const bucket = `http_server_request_duration_seconds_bucket{le="${bound}",${labels}}`;
    assert.equal(await program.metric(bucket), cumulative, bucket);
  }
  assert.equal(await program.metric(`http_server_request_duration_seconds_sum{${labels}}`), point.sum);
});

test("an instance can be named, and what it is part of", async (t) => {
  const collector = await startReceiver(t);
  await startProgram(t, PLAIN, {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_METRIC_EXPORT_INTERVAL: "200",
      OTEL_SERVICE_NAME: "shop",
      OTEL_RESOURCE_ATTRIBUTES:
        "service.instance.id=pod%2D7,deployment.environment.name=test,service.name=other",
    },
  });
  const { resource } = await collector.until(() => true);
  assert.equal(resource["service.instance.id"], "pod-7");
  assert.equal(resource["deployment.environment.name"], "test");
  assert.equal(resource["service.name"], "shop");
});

for (const exporter of ["none", "prometheus"]) {
  test(`with OTEL_METRICS_EXPORTER=${exporter} the endpoint is left to others, and scrapes are answered`, async (t) => {
    const collector = await startReceiver(t);
    const other = await startProgram(t, PLAIN, {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_METRIC_EXPORT_INTERVAL: "100",
        OTEL_METRICS_EXPORTER: exporter,
        OTEL_SERVICE_NAME: "silent",
      },
    });
    await startProgram(t, PLAIN, {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_METRIC_EXPORT_INTERVAL: "300",
        OTEL_SERVICE_NAME: "loud",
      },
    });
    const { resource } = await collector.until(() => true);
    assert.equal(resource["service.name"], "loud", "it came later, and the silent one would have been first");
    assert.ok((await other.metric("nodejs_eventloop_utilization_ratio")) !== undefined);
  });
}

test("gauges, counters and what goes up and down arrive as what the conventions call them", async (t) => {
  const collector = await startReceiver(t);
  await startProgram(t, PLAIN, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/`, OTEL_METRIC_EXPORT_INTERVAL: "200" },
  });
  const { metrics, resource } = await collector.until((one) => one.metrics.has("v8js.memory.heap.used"));
  assert.equal(resource["service.name"], "unknown_service:node");
  assert.ok(metrics.get("nodejs.eventloop.utilization")?.gauge !== undefined);
  assert.equal(metrics.get("nodejs.eventloop.time")?.sum?.isMonotonic, true);
  assert.equal(metrics.get("v8js.memory.heap.used")?.sum?.isMonotonic, false);
  assert.equal(metrics.get("v8js.memory.heap.used")?.unit, "By");
  // In no convention of OpenTelemetry's, and read by dashboards and alerts.
  assert.ok(metrics.get("process_start_time_seconds")?.gauge !== undefined);
  assert.equal(metrics.get("process_cpu_seconds_total")?.sum?.isMonotonic, true);
});

test("a collector that is not there is told once, counted, and the service goes on", async (t) => {
  const program = await startProgram(t, PLAIN, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_METRIC_EXPORT_INTERVAL: "100" },
  });
  const dropped = 'loopscope_agent_dropped_total{part="otlp"}';
  while (((await program.metric(dropped)) ?? 0) < 3) await delay(20);
  assert.equal((await fetch(`${program.url}/block?ms=0`)).status, 200);
  const told = program.stderr().match(/LOOPSCOPE_OTLP_UNREACHABLE/g) ?? [];
  assert.equal(told.length, 1, program.stderr());
  assert.match(program.stderr(), /http:\/\/127\.0\.0\.1:1 did not take the (metrics|logs): /);
});

test("while the application is blocked, the age of its block is sent on", async (t) => {
  const collector = await startReceiver(t);
  const program = await startProgram(t, PLAIN, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_METRIC_EXPORT_INTERVAL: "200" },
  });
  const ageOf = ({ metrics }: Received) =>
    metrics.get("loopscope_eventloop_open_block_seconds")?.gauge?.dataPoints[0]?.asDouble ?? 0;
  await (await fetch(`${program.url}/ok`)).text();
  await collector.until((received) => durationPoint(received)?.count === "1");
  let isBlocked = true;
  const blocked = fetch(`${program.url}/block?ms=5000`).then(async (response) => {
    await response.text();
    isBlocked = false;
  });
  const during = await collector.until((received) => ageOf(received) > 1);
  assert.equal(isBlocked, true);
  assert.equal(durationPoint(during)?.count, "1");
  await blocked;
});

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

async function blockTraced(url: string, ms: number): Promise<void> {
  const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
  await (await fetch(`${url}/block?ms=${ms}`, { headers })).text();
}

test("a block is a log record in the trace of the request that it blocked", async (t) => {
  const collector = await startReceiver(t);
  const program = await startProgram(t, PLAIN, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_METRIC_EXPORT_INTERVAL: "100" },
  });
  await blockTraced(program.url, 200);
  const isOurs = ({ traceId }: LogRecord) => traceId === TRACE;
  await collector.until(() => collector.logs.some(isOurs));
  const records = collector.logs.filter(isOurs);
  assert.equal(records.length, 1, "each block is sent once");
  const [record] = records as [LogRecord];
  assert.equal(record.spanId, "00f067aa0ba902b7");
  assert.equal(record.severityText, "WARN");
  assert.equal(record.eventName, "loopscope.eventloop.blocked");
  assert.match(
    record.body.stringValue,
    /^event loop blocked for \d+ ms in \S.* \(.*plain-http-with-odd-endings\.cjs:\d+\)/,
  );
  const attributes = new Map(record.attributes.map(({ key, value }) => [key, value]));
  assert.match(attributes.get("code.file.path")?.stringValue ?? "", /plain-http-with-odd-endings\.cjs$/);
  assert.ok(Number(attributes.get("loopscope.block.duration_ms")?.intValue) >= 190);
});

test("a collector without a pipeline for logs is not asked again, and not complained of", async (t) => {
  const collector = await startReceiver(t, 404);
  const program = await startProgram(t, PLAIN, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_METRIC_EXPORT_INTERVAL: "100" },
  });
  await blockTraced(program.url, 100);
  await collector.until(() => collector.logRequests() > 0);
  const blocked = async () =>
    (await program.metric('loopscope_eventloop_block_duration_seconds_count{cause="javascript"}')) ?? 0;
  const before = await blocked();
  await blockTraced(program.url, 200);
  await pollUntil(async () => (await blocked()) > before);
  const requests = durationPoint(await collector.until((one) => durationPoint(one)?.count === "2"));
  assert.equal(requests?.count, "2");
  assert.equal(collector.logRequests(), 1);
  assert.doesNotMatch(program.stderr(), /LOOPSCOPE_OTLP_UNREACHABLE/);
});

test("with OTEL_LOGS_EXPORTER=none metrics are sent and blocks are not", async (t) => {
  const collector = await startReceiver(t);
  const program = await startProgram(t, PLAIN, {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_METRIC_EXPORT_INTERVAL: "100",
      OTEL_LOGS_EXPORTER: "none",
    },
  });
  await blockTraced(program.url, 200);
  await collector.until(({ metrics }) => {
    const points = metrics.get("loopscope_eventloop_block_duration_seconds")?.histogram?.dataPoints ?? [];
    return points.some(({ sum = 0 }) => sum > 0.15);
  });
  assert.equal(collector.logRequests(), 0);
});
