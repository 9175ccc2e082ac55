/**
 * `junit.xml`: one case a threshold, one a check, one for the load itself. GitLab reads a failure's text and
 * ignores its `message`; GitHub's reporters read both: so the figures stand in both.
 */

import { formatCount, formatMs, formatPlural, formatSeconds } from "./figure-format.js";
import { type JunitCase, type JunitOptions, renderJunitDocument } from "./junit-document.js";
import type { RunDocument } from "./run-document.js";
import { requestsSentence, runVerdict, thresholdSentenceOf } from "./run-verdict.js";

export function renderJunitXml(document: RunDocument, options: JunitOptions = {}): string {
  return renderJunitDocument({
    ...options,
    name: document.name,
    startedAt: document.startedAt,
    durationSeconds: document.durationSeconds,
    cases: [loadCase(document), ...thresholdCases(document), ...checkCases(document)],
    systemOut: systemOut(document),
  });
}

function loadCase(document: RunDocument): JunitCase {
  const { name, durationSeconds } = document;
  return { suite: "load", name, durationSeconds, problem: loadProblem(document) };
}

function loadProblem(document: RunDocument): JunitCase["problem"] {
  const verdict = runVerdict(document);
  const figures = requestsSentence(document);
  if (verdict.kind === "broken" || verdict.kind === "stopped") {
    return { kind: "error", type: document.outcome.kind, text: `${verdict.sentence}; ${figures}` };
  }
  return document.client.requests.completed === 0
    ? { kind: "failure", type: "no-data", text: figures }
    : null;
}

function thresholdCases(document: RunDocument): readonly JunitCase[] {
  const worst = worstName(document);
  const cause = document.findings.find((finding) => finding.severity !== "info");
  return document.thresholds.map((threshold) => {
    const name = `${threshold.metric} ${threshold.expression}`;
    if (threshold.ok) return { suite: "thresholds", name, problem: null };
    const text = [
      `${threshold.metric}: ${thresholdSentenceOf(threshold, document)}`,
      `n=${formatCount(document.client.requests.completed)}`,
      ...(worst === null ? [] : [worst]),
      ...(cause === undefined ? [] : [`cause: ${cause.title}`]),
    ].join("; ");
    return { suite: "thresholds", name, problem: { kind: "failure", type: "threshold", text } };
  });
}

function checkCases(document: RunDocument): readonly JunitCase[] {
  return document.client.checks.map((check) => {
    const name =
      check.path
        .split("::")
        .filter((part) => part !== "")
        .join(" / ") || check.name;
    const total = check.passes + check.fails;
    const text = `${formatPlural(check.fails, "failure")} in ${formatCount(total)}`;
    return {
      suite: "checks",
      name,
      problem: check.fails === 0 ? null : { kind: "failure", type: "check", text },
    };
  });
}

function worstName(document: RunDocument): string | null {
  const slowest = [...document.client.byName].sort(
    (a, b) => (b.latencyMs?.p95 ?? 0) - (a.latencyMs?.p95 ?? 0),
  )[0];
  if (slowest === undefined || slowest.latencyMs === null) return null;
  const name = slowest.name.startsWith(`${slowest.method} `)
    ? slowest.name
    : `${slowest.method} ${slowest.name}`;
  return `slowest name: ${name}, p95 ${formatMs(slowest.latencyMs.p95)}`;
}

function systemOut(document: RunDocument): string {
  if (document.client.requests.started === 0) return requestsSentence(document);
  const latency = document.client.latencyMs;
  const figures =
    latency === null
      ? "no latencies"
      : `p50 ${formatMs(latency.p50)}, p95 ${formatMs(latency.p95)}, p99 ${formatMs(latency.p99)}, max ${formatMs(latency.max)}`;
  return `${requestsSentence(document)} in ${formatSeconds(document.durationSeconds)}; ${figures}`;
}
