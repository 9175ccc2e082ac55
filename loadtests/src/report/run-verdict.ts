/**
 * What a run came to, in one word and one sentence: every report begins with it, so that all say the same.
 */

import type { MetricContents } from "../measure/metric.js";
import { formatMetricValue, formatPlural, NO_FIGURE, printable } from "./figure-format.js";
import type { RunDocument, ThresholdResult } from "./run-document.js";

export type VerdictKind = "passed" | "failed" | "stopped" | "broken" | "finished";

export interface RunVerdict {
  /**
   * `passed`: all thresholds hold. `failed`: one does not. `stopped`: ended early by a person or by the
   * script. `broken`: target or script failed. `finished`: ran to its end and there was nothing to judge.
   */
  readonly kind: VerdictKind;
  /** One capitalised word for the head of a report. */
  readonly word: string;
  /** One sentence without its full stop. */
  readonly sentence: string;
}

/** The verdict, from the exit code, the thresholds and how the run ended. */
export function runVerdict(document: RunDocument): RunVerdict {
  const thresholds = thresholdSentence(document);
  const message = document.outcome.message === null ? null : printable(document.outcome.message);
  const because = (reason: string): string =>
    [message ?? reason, thresholds].filter((part) => part !== null).join("; ");
  switch (document.outcome.exitCode) {
    case 0:
      return thresholds === null
        ? { kind: "finished", word: "FINISHED", sentence: message ?? "no thresholds were set" }
        : { kind: "passed", word: "PASSED", sentence: thresholds };
    case 99:
      return { kind: "failed", word: "FAILED", sentence: failedSentence(document, thresholds, message) };
    case 100:
      return { kind: "broken", word: "BROKEN", sentence: because("setup took too long") };
    case 101:
      return { kind: "broken", word: "BROKEN", sentence: because("teardown took too long") };
    case 105:
      return { kind: "stopped", word: "STOPPED", sentence: because("interrupted before its end") };
    case 107:
      return { kind: "broken", word: "BROKEN", sentence: because("the script threw") };
    case 108:
      return { kind: "stopped", word: "STOPPED", sentence: because("the script called test.abort()") };
    case 110:
      return { kind: "failed", word: "FAILED", sentence: because("the script called exec.test.fail()") };
    case 120:
      return { kind: "broken", word: "BROKEN", sentence: because("the target died or was never reachable") };
    case 122:
      return { kind: "broken", word: "NOT TRUSTWORTHY", sentence: because("the run cannot be trusted") };
    default:
      return {
        kind: "broken",
        word: "BROKEN",
        sentence: because(`ended as "${document.outcome.kind}" with exit code ${document.outcome.exitCode}`),
      };
  }
}

function failedSentence(document: RunDocument, thresholds: string | null, message: string | null): string {
  const early = document.thresholds.some((threshold) => !threshold.ok && threshold.abortOnFail);
  const stop = early && document.outcome.kind === "aborted" ? "stopped early by abortOnFail" : null;
  return [thresholds ?? "a threshold failed", stop ?? message].filter((part) => part !== null).join("; ");
}

function thresholdSentence(document: RunDocument): string | null {
  const total = document.thresholds.length;
  if (total === 0) return null;
  const failed = document.thresholds.filter((threshold) => !threshold.ok).length;
  if (failed > 0) return `${failed} of ${formatPlural(total, "threshold")} failed`;
  return total === 1 ? "the one threshold holds" : `all ${total} thresholds hold`;
}

/** A threshold's measured value in its metric's unit, or why there is none: `312 ms`, `no data`. */
export function thresholdActual(threshold: ThresholdResult, document: RunDocument): string {
  if (threshold.actual === null) return printable(threshold.note ?? "no data");
  const name = threshold.metric.split("{")[0]?.trim() ?? threshold.metric;
  const counts = /^\s*(count|rate)\b/.test(threshold.expression);
  const contents = counts ? "default" : (TARGET_CONTENTS[name] ?? contentsOfMetric(name, document));
  const value = formatMetricValue(threshold.actual, contents, false);
  return threshold.note === null ? value : `${value} (${printable(threshold.note)})`;
}

/** `p(95)=312 ms, limit <250`: what a threshold's failure says in one line. */
export function thresholdSentenceOf(threshold: ThresholdResult, document: RunDocument): string {
  const match = /^\s*([a-z]+(?:\([^)]*\))?)\s*(.*?)\s*$/.exec(threshold.expression);
  const method = match?.[1] ?? "value";
  const limit = match?.[2] ?? threshold.expression;
  const actual = thresholdActual(threshold, document);
  return threshold.actual === null
    ? `${method}: ${actual}, limit ${limit}`
    : `${method}=${actual}, limit ${limit}`;
}

function contentsOfMetric(name: string, document: RunDocument): MetricContents {
  const metric = document.client.metrics[name];
  if (metric !== undefined) return metric.contents;
  return /_(duration|waiting|blocked|connecting|handshaking|sending|receiving|time|slip)$/.test(name)
    ? "time"
    : "default";
}

const TARGET_CONTENTS: Readonly<Record<string, MetricContents>> = {
  target_eventloop_delay: "time",
  target_blocked_time: "time",
  target_http_duration: "time",
  target_gc_pause: "time",
  target_queue_wait: "time",
  target_threadpool_delay: "time",
  target_rss: "data",
  target_heap_used: "data",
  target_heap_growth: "data",
};

/** `12 ms` … for the latency of the whole run, or a dash where no request ended. */
export function requestsSentence(document: RunDocument): string {
  const { requests } = document.client;
  const parts = [
    `${formatPlural(requests.completed, "request")} answered`,
    ...(requests.failed > 0 ? [`${requests.failed} failed`] : []),
    ...(requests.timedOut > 0 ? [`${requests.timedOut} timed out`] : []),
    ...(requests.unfinished > 0 ? [`${requests.unfinished} unfinished at the end`] : []),
    ...(requests.dropped > 0 ? [`${requests.dropped} dropped`] : []),
  ];
  return requests.started === 0
    ? `no request was sent ${NO_FIGURE} there are no latencies`
    : parts.join(", ");
}
