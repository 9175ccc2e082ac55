/** Runs that strain the readers of reports: awkward names, crowds of them, and nothing at all. */

import type { RunDocument, TargetRecord, ThresholdResult } from "../../src/report/run-document.js";

/** What names come as: markup, quotes, line breaks, control characters, commands, other scripts, emoji. */
export const AWKWARD_NAMES: readonly string[] = [
  `he said "<b>it's</b>" & left`,
  "first line\nsecond line\r\nthird\ttabbed",
  "bell \u0007 escape \u001b[31mred\u001b[0m null \u0000 end\uffff",
  "family 👩‍👩‍👧 größe 日本語 half \ud83d",
  "::error file=a,line=1::owned 100 %0A",
  "##[error]owned | a cell | `code`",
  "mirror \u202eevil\u202c, ]]> &lt;b> @team #1 <!-- x -->",
  "constructor",
  "",
  "  ",
  "=1+1",
];

/** @param document a usual run, whose figures are kept. */
export function awkwardRun(document: RunDocument): RunDocument {
  const { target } = document;
  const [finding] = document.findings;
  const [row] = document.client.byName;
  if (finding === undefined || row === undefined) throw new Error("the usual run has no finding or no name");
  const [first = "", second = ""] = AWKWARD_NAMES;
  return {
    ...document,
    name: `${first}\n${second}`,
    client: {
      ...document.client,
      byName: AWKWARD_NAMES.map((name) => ({ ...row, name })),
      checks: AWKWARD_NAMES.map((name, index) => ({
        name,
        path: `::group ${name}::${name}`,
        passes: 10,
        fails: index % 2,
      })),
    },
    target: target === null ? null : awkwardTarget(target),
    thresholds: AWKWARD_NAMES.map((name, index) => failedThreshold(`http_req_duration{name:${name}}`, index)),
    findings: [
      {
        ...finding,
        title: first,
        evidence: AWKWARD_NAMES,
        route: second,
        location: { function: first, file: `/srv/app/a, b:c|${second}.ts`, line: 3, column: 1 },
      },
    ],
  };
}

function awkwardTarget(target: TargetRecord): TargetRecord {
  const [pool] = target.pools;
  return {
    ...target,
    blocks: target.blocks.map((block, index) => {
      const name = AWKWARD_NAMES[index % AWKWARD_NAMES.length] ?? "";
      return { ...block, function: name, route: name, file: `/srv/app/${name}.ts`, stack: [] };
    }),
    pools: pool === undefined ? [] : AWKWARD_NAMES.map((name) => ({ ...pool, name })),
  };
}

export function crowdedRun(document: RunDocument, count: number, nameCharacters: number): RunDocument {
  const name = (index: number): string =>
    `${index} ${'"a <long> & name" '.repeat(nameCharacters)}`.slice(0, nameCharacters);
  const [row] = document.client.byName;
  if (row === undefined) throw new Error("the usual run has no name");
  const all = Array.from({ length: count }, (_, index) => index);
  return {
    ...document,
    client: {
      ...document.client,
      byName: all.slice(0, 200).map((index) => ({ ...row, name: name(index) })),
      checks: all.map((index) => ({
        name: name(index),
        path: `::${name(index)}`,
        passes: 1,
        fails: index % 2,
      })),
    },
    thresholds: all.map((index) => ({
      ...failedThreshold(`http_req_duration{name:${name(index)}}`, index),
      ok: index % 2 === 0,
    })),
  };
}

/** The load started and not one request was sent. */
export function emptyRun(document: RunDocument): RunDocument {
  return {
    ...document,
    durationSeconds: 0,
    client: {
      ...document.client,
      requests: { started: 0, completed: 0, failed: 0, timedOut: 0, dropped: 0, unfinished: 0 },
      throughput: { mean: 0, min: 0, max: 0 },
      latencyMs: null,
      byName: [],
      checks: [],
      metrics: {},
    },
    target: null,
    thresholds: [
      {
        metric: "http_req_duration",
        expression: "p(95)<50",
        actual: null,
        ok: false,
        abortOnFail: false,
        note: "no data",
      },
    ],
    findings: [],
    outcome: { kind: "completed", message: "not one request was sent", exitCode: 99 },
  };
}

function failedThreshold(metric: string, index: number): ThresholdResult {
  return { metric, expression: `p(95)<${index}`, actual: 312.5, ok: false, abortOnFail: false, note: null };
}
