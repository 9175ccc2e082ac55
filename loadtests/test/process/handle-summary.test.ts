import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { K6, skipWithoutK6 as skip } from "./installed-k6.js";
import { loopscope, workFolder } from "./loopscope-command.js";

const SCRIPT = `import { check, group } from "k6";
import { Counter, Gauge, Rate, Trend } from "k6/metrics";
const size = new Trend("size", true);
const level = new Gauge("level");
const lucky = new Rate("lucky");
const never = new Counter("never");
export const options = {
  vus: 1, iterations: 4,
  thresholds: {
    checks: ["rate>0.9", { threshold: "rate<0.5", abortOnFail: false }],
    size: ["p(95)<100", "max>1000"],
    "size{kind:odd}": ["min==1"],
    level: ["value==3"], lucky: ["rate==0.5"], never: ["count==0"],
    "iterations{scenario:default}": ["count==4"],
  },
};
export default function () {
  size.add(__ITER, { kind: __ITER % 2 === 1 ? "odd" : "even" });
  level.add(__ITER);
  lucky.add(__ITER < 2);
  group("outer", () => group("inner", () => check(1, { one: () => true })));
}
export function handleSummary(data) { return { "data.json": JSON.stringify(data) }; }
`;

interface SummaryData {
  readonly root_group: unknown;
  readonly metrics: Readonly<
    Record<string, { type: string; contains: string; values: Record<string, number>; thresholds?: unknown }>
  >;
}

const EXPECTED: Readonly<Record<string, unknown>> = {
  checks: { "rate>0.9": { ok: true }, "rate<0.5": { ok: false } },
  size: { "p(95)<100": { ok: true }, "max>1000": { ok: false } },
  "size{kind:odd}": { "min==1": { ok: true } },
  level: { "value==3": { ok: true } },
  lucky: { "rate==0.5": { ok: true } },
  never: { "count==0": { ok: true } },
  "iterations{scenario:default}": { "count==4": { ok: true } },
  iterations: undefined,
};

function thresholdsIn({ metrics }: SummaryData): Record<string, unknown> {
  return Object.fromEntries(Object.keys(EXPECTED).map((name) => [name, metrics[name]?.thresholds]));
}

describe("the data that handleSummary is handed", () => {
  it("says of each threshold whether it held, at its metric", async (t) => {
    const data = await ourData(workFolder(t));
    assert.deepEqual(thresholdsIn(data), EXPECTED);
    assert.deepEqual(data.metrics.never?.values, { count: 0, rate: 0 });
  });

  it("is the real k6's, times and what follows from them left out", { skip }, async (t) => {
    const ours = await ourData(workFolder(t));
    const folder = workFolder(t);
    writeFileSync(path.join(folder, "summary.js"), SCRIPT);
    await promisify(execFile)(K6, ["run", "-q", "summary.js"], { cwd: folder }).catch(() => {});
    const theirs = JSON.parse(readFileSync(path.join(folder, "data.json"), "utf8")) as SummaryData;
    assert.deepEqual(thresholdsIn(ours), thresholdsIn(theirs));
    assert.deepEqual(ours.root_group, theirs.root_group);
    for (const name of Object.keys(EXPECTED)) {
      assert.deepEqual(withoutRate(ours, name), withoutRate(theirs, name), name);
    }
  });
});

async function ourData(folder: string): Promise<SummaryData> {
  writeFileSync(path.join(folder, "summary.js"), SCRIPT);
  const { code, stderr } = await loopscope(folder, ["run", "summary.js"]);
  assert.equal(code, 99, stderr);
  return JSON.parse(readFileSync(path.join(folder, "data.json"), "utf8")) as SummaryData;
}

/** A counter's rate depends on how long the run took. */
function withoutRate({ metrics }: SummaryData, name: string): unknown {
  const metric = metrics[name];
  if (metric?.type !== "counter") return metric;
  return { ...metric, values: { count: metric.values.count } };
}
