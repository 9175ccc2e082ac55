/**
 * JUnit's XML as all its readers take it. GitLab drops cases whose classname and name are the same, and keeps
 * 255 characters of a name: so names are unique within those.
 */

import { cutAtEnd } from "./figure-format.js";

export interface JunitCase {
  /** The last part of the suite's name and of the case's classname. */
  readonly suite: string;
  readonly name: string;
  /** Default: 0. */
  readonly durationSeconds?: number;
  /** Null: passed. */
  readonly problem: {
    readonly kind: "failure" | "error";
    readonly type: string;
    readonly text: string;
  } | null;
}

export interface JunitOptions {
  /** The load script, relative to the repository: the suites' `file`. */
  readonly scriptFile?: string | null;
  /**
   * Also as each case's `file`, which GitLab links to. Default: false, as the schema by which Jenkins' xUnit
   * plugin refuses files knows no such attribute.
   */
  readonly fileOnCases?: boolean;
}

export interface JunitDocument extends JunitOptions {
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationSeconds: number;
  /** Suites stand in the order in which their first case does. */
  readonly cases: readonly JunitCase[];
  /** Standard output of the first suite. */
  readonly systemOut: string;
}

/** GitLab's MAX_NAME_SIZE and MAX_SUITE_NAME_SIZE; Azure DevOps takes 512. */
const MOST_NAME_CHARACTERS = 255;
/** Of a failure, which stands in the file twice: 10,000 of them are below GitLab's 30 MB. */
const MOST_TEXT_CHARACTERS = 1000;

export function renderJunitDocument(document: JunitDocument): string {
  const cases = uniquelyNamed(document.cases.map(presentable));
  const suites = [...new Set(cases.map(({ suite }) => suite))].map((suite) =>
    cases.filter((one) => one.suite === suite),
  );
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="loopscope" ${counts(cases)} time="${seconds(document.durationSeconds)}">`,
    ...suites.flatMap((members, index) => suiteLines(members, document, index === 0)),
    "</testsuites>",
  ];
  return `${lines.join("\n")}\n`;
}

function suiteLines(
  members: readonly JunitCase[],
  document: JunitDocument,
  isFirst: boolean,
): readonly string[] {
  const { durationSeconds, startedAt, systemOut, scriptFile = null, fileOnCases = false } = document;
  const suite = members[0]?.suite ?? "";
  const name = `${cutAtEnd(oneLine(document.name), MOST_NAME_CHARACTERS - suite.length - 1)}.${suite}`;
  const file = scriptFile === null ? "" : ` file="${attribute(scriptFile)}"`;
  const time = seconds(durationSeconds);
  const when = attribute(startedAt);
  const head = `<testsuite name="${attribute(name)}" ${counts(members)} skipped="0" time="${time}" timestamp="${when}"${file}>`;
  return [
    ` ${head}`,
    ...members.flatMap((one) => caseLines(one, name, fileOnCases ? file : "")),
    ...(isFirst ? [`  <system-out>${escaped(systemOut)}</system-out>`] : []),
    " </testsuite>",
  ];
}

function caseLines(
  { name, durationSeconds = 0, problem }: JunitCase,
  classname: string,
  file: string,
): readonly string[] {
  const time = seconds(durationSeconds);
  const head = `<testcase classname="${attribute(classname)}" name="${attribute(name)}" time="${time}"${file}`;
  if (problem === null) return [`  ${head}/>`];
  const { kind, type, text } = problem;
  return [
    `  ${head}>`,
    `   <${kind} message="${attribute(text)}" type="${attribute(type)}">${escaped(text)}</${kind}>`,
    "  </testcase>",
  ];
}

/** As it will stand in the file: what readers cannot bear is gone before names are told apart. */
function presentable(one: JunitCase): JunitCase {
  const { name, problem } = one;
  return {
    ...one,
    name: cutAtEnd(oneLine(name), MOST_NAME_CHARACTERS) || "(without a name)",
    problem: problem === null ? null : { ...problem, text: cutAtEnd(problem.text, MOST_TEXT_CHARACTERS) },
  };
}

function uniquelyNamed(cases: readonly JunitCase[]): readonly JunitCase[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return cases.map((one) => {
    const key = `${one.suite}\n${one.name}`;
    let { name } = one;
    for (let count = counts.get(key) ?? 1; taken.has(`${one.suite}\n${name}`); ) {
      count += 1;
      counts.set(key, count);
      const ending = ` (${count})`;
      name = cutAtEnd(one.name, MOST_NAME_CHARACTERS - ending.length) + ending;
    }
    taken.add(`${one.suite}\n${name}`);
    return { ...one, name };
  });
}

function counts(cases: readonly JunitCase[]): string {
  const of = (kind: "failure" | "error"): number => cases.filter((one) => one.problem?.kind === kind).length;
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
