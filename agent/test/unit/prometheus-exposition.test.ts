/** The exposition text is an interface: held against a committed one, and against Prometheus' own checker. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { MetricDefinition } from "../../src/catalog/catalog";
import { chooseFormat, type ExpositionFormat } from "../../src/export/content-negotiation";
import { ALL_DEFINITIONS } from "../../src/export/definition-by-name";
import { renderExposition } from "../../src/export/prometheus-exposition";
import type { HistogramSample, MetricSamples, ScalarSample } from "../../src/quantiles/metric-samples";

const GOLDEN_FOLDER = path.resolve(__dirname, "../../../test/fixtures/exposition");

/** One or two samples of every metric of the catalogue, the same in each run. */
function wholeCatalogue(): readonly MetricSamples[] {
  return ALL_DEFINITIONS.map((definition, index) => ({
    name: definition.name,
    samples:
      definition.labels.length === 0
        ? [sampleOf(definition, [], index)]
        : firstValues(definition.labels[0]).map((value, nth) =>
            sampleOf(definition, [value, ...definition.labels.slice(1).map(labelValue)], nth),
          ),
  }));
}

/** A quantile must be a number: no text can be put to the test there. */
function firstValues(label: string | undefined): readonly string[] {
  return label === "quantile" ? ["0.5", "0.95"] : ["a", 'quote " backslash \\ newline \n'];
}

function labelValue(label: string): string {
  return label === "quantile" ? "0.95" : `${label} value`;
}

function sampleOf(
  definition: MetricDefinition,
  labels: readonly string[],
  seed: number,
): ScalarSample | HistogramSample {
  if (definition.type !== "histogram") return { labels, value: seed + 0.5 };
  const counts = [...(definition.buckets ?? []), null].map((_, index) => (index + seed) % 4);
  const exemplar = {
    value: 0.0004,
    atSeconds: 1_795_000_000.125,
    traceId: "0af7651916cd43dd",
    spanId: "b7ad6b71",
  };
  return { labels, counts, sum: 12.25, exemplars: counts.map((_, index) => (index === 1 ? exemplar : null)) };
}

for (const format of ["prometheus", "openmetrics"] as const) {
  test(`the ${format} text of the whole catalogue is the committed one`, async () => {
    const { text } = await renderExposition(wholeCatalogue(), format);
    const golden = path.join(GOLDEN_FOLDER, `${format}.txt`);
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, "utf8"));
  });
}

/** OpenTelemetry's name, which the checker takes for a histogram's; the convention wins over the checker's taste. */
const CONVENTION_AGAINST_CHECKER =
  'db_client_connection_count non-histogram and non-summary metrics should not have "_count" suffix\n';

test("promtool finds no fault with the exposition of the whole catalogue", async (t) => {
  if (spawnSync("promtool", ["--version"]).error !== undefined) {
    t.skip("promtool is not installed");
    return;
  }
  const { text } = await renderExposition(wholeCatalogue(), "prometheus");
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: text,
    encoding: "utf8",
  });
  assert.equal(`${stdout}${stderr}`.replace(CONVENTION_AGAINST_CHECKER, ""), "");
  // 3: the checker had something to say of a name; 1 would be text that it cannot read.
  assert.equal(status, 3);
});

test("a histogram's buckets are cumulative and end at its count", async () => {
  const { text } = await renderExposition(
    [
      {
        name: "v8js_gc_duration_seconds",
        samples: [{ labels: ["minor"], counts: [1, 0, 2, ...new Array<number>(14).fill(0)], sum: 0.5 }],
      },
    ],
    "prometheus",
  );
  assert.match(text, /_bucket\{le="0.0001",v8js_gc_type="minor"\} 1\n/);
  assert.match(text, /_bucket\{le="0.0005",v8js_gc_type="minor"\} 3\n/);
  assert.match(text, /_bucket\{le="\+Inf",v8js_gc_type="minor"\} 3\n/);
  assert.match(text, /_count\{v8js_gc_type="minor"\} 3\n/);
});

test("a label without a value is left out", async () => {
  const samples = [{ labels: ["javascript", "hash", "", "", ""], value: 1 }];
  const { text } = await renderExposition(
    [{ name: "loopscope_eventloop_blocked_seconds_total", samples }],
    "prometheus",
  );
  assert.match(text, /\{cause="javascript",function="hash"\} 1\n/);
});

const ACCEPT_HEADERS: readonly (readonly [string | undefined, ExpositionFormat])[] = [
  [undefined, "prometheus"],
  ["*/*", "prometheus"],
  ["text/plain", "prometheus"],
  ["text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "prometheus"],
  ["application/openmetrics-text", "openmetrics"],
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3",
    "openmetrics",
  ],
  ["text/plain;version=1.0.0;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5", "prometheus"],
  ["application/openmetrics-text;q=0", "prometheus"],
  ["APPLICATION/OPENMETRICS-TEXT; VERSION=1.0.0", "openmetrics"],
  ["application/openmetrics-text;version=2.0.0,text/plain;q=0.1", "prometheus"],
];

for (const [accept, format] of ACCEPT_HEADERS) {
  test(`accept ${accept ?? "nothing"} gets ${format}`, () => {
    assert.equal(chooseFormat(accept), format);
  });
}
