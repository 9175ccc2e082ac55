/** Puts `run.json` together from what the engine, the agent and the judges said. Pure. */

import { type HistogramSnapshot, histogramFromSnapshot } from "@loopscope/agent/catalog";
import type { EngineResult, MetricResult } from "../engine/engine.js";
import { selectorKey } from "../judge/metric-selector.js";
import type { ThresholdJudgement } from "../judge/threshold-judgement.js";
import type {
  Finding,
  LatencySummaryMs,
  RunDocument,
  TargetRecord,
  ThresholdResult,
} from "../report/run-document.js";

/** Everything of the document that is not computed here. */
export interface RunDocumentParts {
  readonly id: string;
  readonly name: string;
  readonly engine: RunDocument["engine"];
  readonly command: string;
  readonly git: RunDocument["git"];
  readonly machine: RunDocument["machine"];
  readonly model: "open" | "closed";
  readonly result: EngineResult;
  readonly throughput: RunDocument["client"]["throughput"];
  readonly target: TargetRecord | null;
  readonly thresholds: readonly ThresholdResult[];
  readonly trust: RunDocument["trust"];
  readonly findings: readonly Finding[];
  readonly outcome: RunDocument["outcome"];
}

export function buildRunDocument(parts: RunDocumentParts): RunDocument {
  const { result } = parts;
  return {
    schema: "loopscope/run/1",
    id: parts.id,
    name: parts.name,
    startedAt: new Date(result.startedAt).toISOString(),
    durationSeconds: (result.endedAt - result.startedAt) / 1000,
    engine: parts.engine,
    command: parts.command,
    git: parts.git,
    machine: parts.machine,
    client: {
      model: parts.model,
      requests: result.requests,
      throughput: parts.throughput,
      latencyMs: summarizeLatency(result.latency),
      byName: result.byName.map((named) => ({
        name: named.name,
        method: named.method,
        requests: named.requests,
        failed: named.failed,
        latencyMs: summarizeLatency(named.latency),
      })),
      ...(result.errors === undefined ? {} : { errors: result.errors }),
      checks: result.checks,
      metrics: metricsByKey(result.metrics),
    },
    target: parts.target,
    thresholds: parts.thresholds,
    trust: parts.trust,
    findings: parts.findings,
    timeline: { intervalSeconds: 1, frames: "timeline.ndjson" },
    outcome: parts.outcome,
  };
}

/** Null when empty. @param latency microseconds. */
export function summarizeLatency(latency: HistogramSnapshot): LatencySummaryMs | null {
  if (latency.count === 0) return null;
  const histogram = histogramFromSnapshot(latency);
  const quantileMs = (fraction: number): number => histogram.quantile(fraction) / 1000;
  return {
    mean: histogram.mean / 1000,
    min: histogram.min / 1000,
    p50: quantileMs(0.5),
    p75: quantileMs(0.75),
    p90: quantileMs(0.9),
    p95: quantileMs(0.95),
    p99: quantileMs(0.99),
    p999: quantileMs(0.999),
    max: histogram.max / 1000,
  };
}

export function thresholdResults(judgements: readonly ThresholdJudgement[]): ThresholdResult[] {
  return judgements.map(({ threshold: { declaration }, actual, ok, note }) => ({
    metric: declaration.metric,
    expression: declaration.expression,
    actual,
    ok,
    abortOnFail: declaration.abortOnFail,
    note,
  }));
}

/**
 * A load of which nothing succeeded cannot pass, whatever was asked of it.
 *
 * @param isWhole it was not ended before its time: then requests still unanswered are no success either.
 */
export function withTotalFailure(
  thresholds: readonly ThresholdResult[],
  requests: EngineResult["requests"],
  isWhole: boolean,
): readonly ThresholdResult[] {
  const ended = requests.completed + requests.timedOut + (isWhole ? requests.unfinished : 0);
  const succeeded = Math.max(0, requests.completed - requests.failed);
  if (requests.started === 0 || succeeded > 0 || (ended === 0 && requests.failed === 0)) return thresholds;
  if (thresholds.some((threshold) => !threshold.ok && threshold.metric === "http_req_failed"))
    return thresholds;
  const note = "not one request succeeded";
  return [
    ...thresholds,
    { metric: "http_req_failed", expression: "rate<1", actual: 1, ok: false, abortOnFail: false, note },
  ];
}

/** k6's spelling of the key: the name, and the tags of a part in braces. */
function metricsByKey(metrics: readonly MetricResult[]): Record<string, MetricResult> {
  return Object.fromEntries(metrics.map((metric) => [selectorKey(metric), metric]));
}
