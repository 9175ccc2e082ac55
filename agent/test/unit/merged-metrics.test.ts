/** How the metrics of several processes become those of one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LogLinearHistogram } from "../../src/catalog/log-linear-histogram";
import { DepartedWorkers } from "../../src/cluster/departed-workers";
import { mergedMetrics } from "../../src/cluster/merged-metrics";
import type { MetricSamples } from "../../src/quantiles/metric-samples";

const QUANTILE = "loopscope_http_server_duration_quantile_seconds";

function scalar(name: string, value: number, labels: readonly string[] = [], shared?: true): MetricSamples {
  return { name, samples: [shared === undefined ? { labels, value } : { labels, value, shared }] };
}

function valuesOf(metrics: readonly MetricSamples[], name: string): readonly unknown[] {
  return metrics.find((metric) => metric.name === name)?.samples ?? [];
}

interface ScalarCase {
  readonly name: string;
  readonly values: readonly number[];
  readonly together: number;
  readonly why: string;
}

const SCALARS: readonly ScalarCase[] = [
  { name: "process_cpu_seconds_total", values: [2, 3], together: 5, why: "counters add up" },
  { name: "process_resident_memory_bytes", values: [20, 30], together: 50, why: "so does memory" },
  {
    name: "nodejs_eventloop_utilization_ratio",
    values: [0.2, 0.9, 0.4],
    together: 0.9,
    why: "a ratio over one is none: the busiest loop is told",
  },
  {
    name: "loopscope_cpu_throttled_seconds_total",
    values: [7, 7],
    together: 7,
    why: "the container's figure is the same in each process",
  },
  { name: "process_start_time_seconds", values: [200, 100], together: 100, why: "it began with the first" },
  {
    name: "loopscope_heap_growth_bytes_per_second",
    values: [Number.NaN, 5, 3],
    together: 5,
    why: "who does not know yet is left out",
  },
];

for (const { name, values, together, why } of SCALARS) {
  test(`${name} of ${values.join(", ")} is ${together}: ${why}`, () => {
    const merged = mergedMetrics(values.map((value) => [scalar(name, value)]));
    assert.deepEqual(valuesOf(merged, name), [{ labels: [], value: together }]);
  });
}

test("a queue that all processes read in one Redis is counted once, a queue in memory once a process", () => {
  const name = "loopscope_queue_length";
  const merged = mergedMetrics([
    [
      {
        name,
        samples: [
          { labels: ["mails"], value: 40, shared: true },
          { labels: ["jobs"], value: 3 },
        ],
      },
    ],
    [
      {
        name,
        samples: [
          { labels: ["mails"], value: 41, shared: true },
          { labels: ["jobs"], value: 4 },
        ],
      },
    ],
  ]);
  assert.deepEqual(valuesOf(merged, name), [
    { labels: ["mails"], value: 41, shared: true },
    { labels: ["jobs"], value: 7 },
  ]);
});

test("histograms add up bucket by bucket, for each set of labels, with the later exemplar", () => {
  const name = "loopscope_threadpool_delay_seconds";
  const exemplar = (atSeconds: number) => ({ value: 1, atSeconds, traceId: `t${atSeconds}`, spanId: "s" });
  const sample = (counts: readonly number[], sum: number, at: number) => ({
    name,
    samples: [{ labels: [], counts, sum, exemplars: counts.map(() => exemplar(at)) }],
  });
  const merged = mergedMetrics([[sample([1, 0, 2], 3, 10)], [sample([0, 5, 1], 4, 20)]]);
  assert.deepEqual(valuesOf(merged, name), [
    { labels: [], counts: [1, 5, 3], sum: 7, exemplars: [exemplar(20), exemplar(20), exemplar(20)] },
  ]);
});

test("a percentile is read off all processes' durations", () => {
  const process = (milliseconds: number, times: number): readonly MetricSamples[] => {
    const durations = new LogLinearHistogram();
    durations.record(milliseconds * 1000, times);
    const distributions = [{ labels: [], distribution: durations.snapshot() }];
    return [{ name: QUANTILE, samples: [], distributions }];
  };
  const samples = valuesOf(mergedMetrics([process(10, 96), process(1000, 4)]), QUANTILE);
  const values = (samples as readonly { labels: readonly string[]; value: number }[]).map(
    ({ labels, value }) => [labels[0], Math.round(value * 100) / 100],
  );
  assert.deepEqual(values, [
    ["0.5", 0.01],
    ["0.9", 0.01],
    ["0.95", 0.01],
    ["0.99", 1],
  ]);
});

test("of workers that have gone only what they counted stays", () => {
  const departed = new DepartedWorkers();
  departed.add([scalar("process_cpu_seconds_total", 2), scalar("process_resident_memory_bytes", 30)]);
  departed.add([scalar("process_cpu_seconds_total", 3), scalar("loopscope_cpu_throttled_seconds_total", 7)]);
  assert.deepEqual(departed.counted, [scalar("process_cpu_seconds_total", 5)]);
});

test("workers that come and go do not grow the memory of those that stay", () => {
  const departed = new DepartedWorkers();
  const name = "loopscope_eventloop_victim_delay_seconds_total";
  let dropped = 0;
  for (let worker = 0; worker < 60; worker++) {
    const samples = Array.from({ length: 100 }, (_, route) => ({
      labels: [`/${worker}/${route}`],
      value: 1,
    }));
    dropped += departed.add([{ name, samples }]);
  }
  assert.equal(departed.counted[0]?.samples.length, 5000);
  assert.equal(dropped, 1000);
});
