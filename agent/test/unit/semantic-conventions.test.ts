/** Names and attributes sent by OTLP, held against the package that OpenTelemetry generates from its conventions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { ALL_DEFINITIONS } from "../../src/export/definition-by-name";
import { otlpMetricsDocument } from "../../src/export/otlp-metrics";

interface SentMetric {
  readonly name: string;
  readonly [kind: string]: unknown;
}

const RESOURCE = {
  serviceName: "shop",
  instanceId: "one",
  attributes: {},
  pid: 1,
  nodeVersion: "24.0.0",
  agentVersion: "0.1.0",
};

const metricNames = valuesOf(/^METRIC_/);
const attributeNames = valuesOf(/^(ATTR|SEMRESATTRS)_/);

for (const definition of ALL_DEFINITIONS) {
  const { otelName, labels, buckets } = definition;
  if (otelName === undefined) continue;
  test(`${otelName} and its attributes are the conventions' own`, () => {
    const values = labels.map((label) => `a ${label}`);
    const sample =
      buckets === undefined
        ? { labels: values, value: 1 }
        : { labels: values, sum: 1, counts: [...buckets, Number.POSITIVE_INFINITY].map(() => 1) };
    const document = otlpMetricsDocument([{ name: definition.name, samples: [sample] }], RESOURCE, {
      startMs: 1000,
      nowMs: 2000,
    }) as { resourceMetrics: [{ scopeMetrics: [{ metrics: [SentMetric] }] }] };
    const [sent] = document.resourceMetrics[0].scopeMetrics[0].metrics;
    assert.ok(metricNames.has(sent.name), `${sent.name} is no metric of the conventions`);
    const keys = [...JSON.stringify(sent).matchAll(/"key":"([^"]+)"/g)].map(([, key]) => key ?? "");
    assert.equal(keys.length, labels.length);
    for (const key of keys) assert.ok(attributeNames.has(key), `${key} is no attribute of the conventions`);
  });
}

test("what tells of the process is under the conventions' names, too", () => {
  const document = JSON.stringify(otlpMetricsDocument([], RESOURCE, { startMs: 1000, nowMs: 2000 }));
  const keys = [...document.matchAll(/"key":"([^"]+)"/g)].map(([, key]) => key ?? "");
  assert.ok(keys.length >= 5, document);
  for (const key of keys) assert.ok(attributeNames.has(key), `${key} is no attribute of the conventions`);
});

function valuesOf(names: RegExp): ReadonlySet<unknown> {
  return new Set(Object.entries(conventions).flatMap(([name, value]) => (names.test(name) ? [value] : [])));
}
