/** What the real OpenTelemetry Collector makes of what the agent sends. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_DEFINITIONS } from "../../src/export/definition-by-name";
import { startProgram } from "./measured-program";
import { pollUntil } from "./poll-until";
import { noCollector, startCollector } from "./start-collector";

const PLAIN = "services/plain-http-with-odd-endings.cjs";
const REQUESTS = 7;

interface Point {
  readonly attributes?: readonly {
    readonly key: string;
    readonly value: Readonly<Record<string, unknown>>;
  }[];
  readonly count?: string;
  readonly sum?: number;
  readonly asDouble?: number;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly number[];
}

interface Kind {
  readonly dataPoints: readonly Point[];
}

interface Metric {
  readonly name: string;
  readonly histogram?: Kind;
  readonly gauge?: Kind;
  readonly sum?: Kind;
}

function metricsOf(line: string): readonly Metric[] {
  const document = JSON.parse(line) as {
    resourceMetrics?: readonly { scopeMetrics: readonly { metrics: readonly Metric[] }[] }[];
  };
  return (document.resourceMetrics ?? []).flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  );
}

const pointsOf = ({ histogram, gauge, sum }: Metric): readonly Point[] =>
  (histogram ?? gauge ?? sum)?.dataPoints ?? [];

test("the collector takes every metric of a page, and its figures are the page's", {
  skip: noCollector,
}, async (t) => {
  const collector = await startCollector(t);
  const program = await startProgram(t, PLAIN, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_METRIC_EXPORT_INTERVAL: "200" },
  });
  for (let sent = 0; sent < REQUESTS; sent++) await (await fetch(`${program.url}/block?ms=60`)).text();
  const isSeven = (metric: Metric) =>
    metric.name === "http.server.request.duration" && pointsOf(metric)[0]?.count === String(REQUESTS);
  const received = await pollUntil(() => {
    const metrics =
      collector
        .written()
        .map(metricsOf)
        .findLast(({ length }) => length > 0) ?? [];
    const blocks = metrics.find(({ name }) => name === "loopscope_eventloop_block_duration_seconds");
    const blocked =
      blocks === undefined ? 0 : pointsOf(blocks).reduce((sum, { count }) => sum + Number(count), 0);
    return metrics.some(isSeven) && blocked >= REQUESTS ? metrics : undefined;
  });
  const records = await pollUntil(() => {
    const found =
      collector
        .written()
        .join("")
        .match(/"eventName":"loopscope\.eventloop\.blocked"/g) ?? [];
    return found.length >= REQUESTS ? found : undefined;
  });
  assert.ok(records.length >= REQUESTS);
  const page = await program.metricsText();
  assert.doesNotMatch(program.stderr(), /LOOPSCOPE_OTLP_UNREACHABLE/);
  assert.deepEqual(collector.complaints(), []);

  const names = new Set(received.map(({ name }) => name));
  const shown = ALL_DEFINITIONS.filter(({ name }) => page.includes(`# TYPE ${name} `));
  assert.ok(shown.length > 30);
  // A slope that is not known yet is NaN on the page, and left out where JSON has none.
  const sendable = shown.filter(
    ({ name }) => !/ Nan$/im.test(page.match(new RegExp(`^${name} .*$`, "m"))?.[0] ?? ""),
  );
  const missing = sendable.filter(({ name, otelName }) => !names.has(otelName ?? name));
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  );

  let compared = 0;
  for (const definition of shown) {
    if (definition.type !== "histogram" || !/^(http_server|loopscope_eventloop_block)/.test(definition.name))
      continue;
    const metric = received.find(({ name }) => name === (definition.otelName ?? definition.name));
    for (const point of metric === undefined ? [] : pointsOf(metric)) {
      const labels = (point.attributes ?? [])
        .map(({ key, value }) => [key.replaceAll(".", "_"), String(Object.values(value)[0])] as const)
        .sort(([a], [b]) => definition.labels.indexOf(a) - definition.labels.indexOf(b))
        .map(([key, value]) => `${key}="${value}"`)
        .join(",");
      assert.ok(
        page.includes(`${definition.name}_count{${labels}} ${point.count}\n`),
        `${definition.name} ${labels}`,
      );
      assert.ok(
        page.includes(`${definition.name}_sum{${labels}} ${point.sum}\n`),
        `${definition.name} ${labels}`,
      );
      let cumulative = 0;
      for (const [index, count] of (point.bucketCounts ?? []).entries()) {
        cumulative += Number(count);
        const bound = point.explicitBounds?.[index] ?? "+Inf";
        const bucket = `${definition.name}_bucket{le="${bound}",${labels}} ${cumulative}\n`;
        assert.ok(page.includes(bucket), bucket);
        compared++;
      }
    }
  }
  assert.ok(compared >= 20, `${compared} buckets`);
});
