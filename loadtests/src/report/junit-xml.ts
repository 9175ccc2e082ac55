/**
 * `junit.xml`: one case a threshold, one a check, one for the load itself. GitLab reads a failure's text and
 * ignores its `message`; GitHub's reporters read both: so the figures stand in both. GitLab drops cases whose
 * classname and name are the same, and keeps 255 characters of a name: so names are unique within those.
 */

import { cutAtEnd, formatCount, formatMs, formatPlural, formatSeconds } from "./figure-format.js";
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

/** GitLab's MAX_NAME_SIZE and MAX_SUITE_NAME_SIZE; Azure DevOps takes 512. */
const MOST_NAME_CHARACTERS = 255;
/** Of a failure, which stands in the file twice: 10,000 of them are below GitLab's 30 MB. */
const MOST_TEXT_CHARACTERS = 1000;

export interface JunitOptions {
  /** The load script, relative to the repository: the suites' `file`. */
  readonly scriptFile?: string | null;
  /**
   * Also as each case's `file`, which GitLab links to. Default: false, as the schema by which Jenkins' xUnit
   * plugin refuses files knows no such attribute.
   */
  readonly fileOnCases?: boolean;
}

export function renderJunitXml(document: RunDocument, options: JunitOptions = {}): string {
  const stated = [loadCase(document), ...thresholdCases(document), ...checkCases(document)];
  const cases = uniquelyNamed(stated.map(presentable));
  const suites = (["load", "thresholds", "checks"] as const)
    .map((suite) => cases.filter((testCase) => testCase.suite === suite))
    .filter((members) => members.length > 0);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="loopscope" ${counts(cases)} time="${seconds(document.durationSeconds)}">`,
    ...suites.flatMap((members) => suiteLines(members, document, options)),
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
  { scriptFile = null, fileOnCases = false }: JunitOptions,
): readonly string[] {
  const suite = members[0]?.suite ?? "load";
  const name = `${cutAtEnd(oneLine(document.name), MOST_NAME_CHARACTERS - suite.length - 1)}.${suite}`;
  const file = scriptFile === null ? "" : ` file="${attribute(scriptFile)}"`;
  const time = seconds(document.durationSeconds);
  const when = attribute(document.startedAt);
  const head = `<testsuite name="${attribute(name)}" ${counts(members)} skipped="0" time="${time}" timestamp="${when}"${file}>`;
  return [
    ` ${head}`,
    ...members.flatMap((testCase) => caseLines(testCase, name, document, fileOnCases ? file : "")),
    ...(suite === "load" ? [`  <system-out>${escaped(systemOut(document))}</system-out>`] : []),
    " </testsuite>",
  ];
}

function caseLines(
  testCase: TestCase,
  classname: string,
  document: RunDocument,
  file: string,
): readonly string[] {
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
  if (document.client.requests.started === 0) return requestsSentence(document);
  const latency = document.client.latencyMs;
  const figures =
    latency === null
      ? "no latencies"
      : `p50 ${formatMs(latency.p50)}, p95 ${formatMs(latency.p95)}, p99 ${formatMs(latency.p99)}, max ${formatMs(latency.max)}`;
  return `${requestsSentence(document)} in ${formatSeconds(document.durationSeconds)}; ${figures}`;
}

/** As it will stand in the file: what readers cannot bear is gone before names are told apart. */
function presentable(testCase: TestCase): TestCase {
  const { name, problem } = testCase;
  return {
    ...testCase,
    name: cutAtEnd(oneLine(name), MOST_NAME_CHARACTERS) || "(without a name)",
    problem: problem === null ? null : { ...problem, text: cutAtEnd(problem.text, MOST_TEXT_CHARACTERS) },
  };
}

function uniquelyNamed(cases: readonly TestCase[]): readonly TestCase[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return cases.map((testCase) => {
    const key = `${testCase.suite}\n${testCase.name}`;
    let { name } = testCase;
    for (let count = counts.get(key) ?? 1; taken.has(`${testCase.suite}\n${name}`); ) {
      count += 1;
      counts.set(key, count);
      const ending = ` (${count})`;
      name = cutAtEnd(testCase.name, MOST_NAME_CHARACTERS - ending.length) + ending;
    }
    taken.add(`${testCase.suite}\n${name}`);
    return { ...testCase, name };
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
  return escaped(oneLine(text)).replaceAll('"', "&quot;");
}

/** XML readers make spaces of line breaks and tabs in attributes anyway. */
function oneLine(text: string): string {
  return withoutForbidden(text)
    .replace(/[\t\n\r]+/g, " ")
    .trim();
}

function escaped(text: string): string {
  return withoutForbidden(text)
    .replace(/\r\n?/g, "\n")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** XML 1.0 has no way to write most control characters; those that turn the writing around go with them. */
function withoutForbidden(text: string): string {
  return text.replace(
    /[\u202a-\u202e\u2066-\u2069]|[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
    "",
  );
}
