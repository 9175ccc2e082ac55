/**
 * `junit.xml`: one case a threshold, one a check, one for the load itself. GitLab reads a failure's text and
 * ignores its `message`; GitHub's reporters read both: so the figures stand in both. GitLab drops cases whose
 * classname and name are the same, so names are made unique.
 */

import { formatCount, formatMs, formatPlural, formatSeconds } from "./figure-format.js";
import type { RunDocument } from "./run-document.js";
import { requestsSentence, runVerdict, thresholdSentenceOf } from "./run-verdict.js";

interface TestCase {
  readonly suite: "thresholds" | "checks" | "load";
  readonly name: string;
  /** Null: passed. */
  readonly problem: {
    readonly kind: "failure" | "error";
    readonly type: string;
    readonly text: string;
  } | null;
}

/** @param scriptFile shown as each case's `file`, relative to the repository; null where there is none. */
export function renderJunitXml(document: RunDocument, scriptFile: string | null = null): string {
  const cases = uniquelyNamed([loadCase(document), ...thresholdCases(document), ...checkCases(document)]);
  const suites = (["load", "thresholds", "checks"] as const)
    .map((suite) => cases.filter((testCase) => testCase.suite === suite))
    .filter((members) => members.length > 0);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="loopscope" ${counts(cases)} time="${seconds(document.durationSeconds)}">`,
    ...suites.flatMap((members) => suiteLines(members, document, scriptFile)),
    "</testsuites>",
  ];
  return `${lines.join("\n")}\n`;
}

function loadCase(document: RunDocument): TestCase {
  const verdict = runVerdict(document);
  const figures = requestsSentence(document);
  if (verdict.kind === "broken" || verdict.kind === "stopped") {
    const text = `${verdict.sentence}; ${figures}`;
    return {
      suite: "load",
      name: document.name,
      problem: { kind: "error", type: document.outcome.kind, text },
    };
  }
  if (document.client.requests.completed === 0) {
    return {
      suite: "load",
      name: document.name,
      problem: { kind: "failure", type: "no-data", text: figures },
    };
  }
  return { suite: "load", name: document.name, problem: null };
}

function thresholdCases(document: RunDocument): readonly TestCase[] {
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

function checkCases(document: RunDocument): readonly TestCase[] {
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

function suiteLines(
  members: readonly TestCase[],
  document: RunDocument,
  scriptFile: string | null,
): readonly string[] {
  const suite = members[0]?.suite ?? "load";
  const name = `${document.name}.${suite}`;
  const head = `<testsuite name="${attribute(name)}" ${counts(members)} skipped="0" time="${seconds(document.durationSeconds)}" timestamp="${attribute(document.startedAt)}">`;
  return [
    ` ${head}`,
    ...members.flatMap((testCase) => caseLines(testCase, name, document, scriptFile)),
    ...(suite === "load" ? [`  <system-out>${escaped(systemOut(document))}</system-out>`] : []),
    " </testsuite>",
  ];
}

function caseLines(
  testCase: TestCase,
  classname: string,
  document: RunDocument,
  scriptFile: string | null,
): readonly string[] {
  const file = scriptFile === null ? "" : ` file="${attribute(scriptFile)}"`;
  const time = testCase.suite === "load" ? seconds(document.durationSeconds) : "0.000";
  const head = `<testcase classname="${attribute(classname)}" name="${attribute(testCase.name)}" time="${time}"${file}`;
  if (testCase.problem === null) return [`  ${head}/>`];
  const { kind, type, text } = testCase.problem;
  return [
    `  ${head}>`,
    `   <${kind} message="${attribute(text)}" type="${attribute(type)}">${escaped(text)}</${kind}>`,
    "  </testcase>",
  ];
}

function systemOut(document: RunDocument): string {
  const latency = document.client.latencyMs;
  const figures =
    latency === null
      ? "no latencies"
      : `p50 ${formatMs(latency.p50)}, p95 ${formatMs(latency.p95)}, p99 ${formatMs(latency.p99)}, max ${formatMs(latency.max)}`;
  return `${requestsSentence(document)} in ${formatSeconds(document.durationSeconds)}; ${figures}`;
}

function uniquelyNamed(cases: readonly TestCase[]): readonly TestCase[] {
  const seen = new Map<string, number>();
  return cases.map((testCase) => {
    const key = `${testCase.suite}\n${testCase.name}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? testCase : { ...testCase, name: `${testCase.name} (${count})` };
  });
}

function counts(cases: readonly TestCase[]): string {
  const of = (kind: "failure" | "error"): number =>
    cases.filter((testCase) => testCase.problem?.kind === kind).length;
  return `tests="${cases.length}" failures="${of("failure")}" errors="${of("error")}"`;
}

function seconds(value: number): string {
  return value.toFixed(3);
}

function attribute(text: string): string {
  return escaped(text)
    .replaceAll('"', "&quot;")
    .replace(/[\t\n\r]/g, " ");
}

/** XML 1.0 has no way to write most control characters: they are left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
