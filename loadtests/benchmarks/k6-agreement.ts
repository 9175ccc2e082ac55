/**
 * Does the real k6 come to the same counts and checks as the embedded engine on our test scripts?
 * `npm run bench:agreement [-- --k6 <path> --write]` Needs k6.
 * Reasons to doubt: scripts bounded by time differ in counts from run to run, on either engine.
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepareScript } from "../src/engine/embedded/prepare-script.js";
import { machineLine, markdownTable, writeDocumentSection } from "./document-section.js";

interface Counts {
  readonly requests: number;
  readonly iterations: number;
  readonly passes: number;
  readonly fails: number;
}

/** How long these go on is a matter of time, so that counts may differ. */
const BOUND_BY_TIME = new Set(["stages", "scenarios", "arrival-rate"]);

const test = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../test");
const { values } = parseArgs({
  options: { k6: { type: "string", default: "k6" }, write: { type: "boolean", default: false } },
});
const version = spawnSync(values.k6, ["version"]);
if (version.error !== undefined) throw new Error(`cannot start ${values.k6}: ${version.error.message}`);

const server = spawn(process.execPath, [path.join(test, "fixtures/http-playground.mjs")], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [port] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
const base = `http://127.0.0.1:${port}`;
const folder = mkdtempSync(path.join(tmpdir(), "loopscope-agreement-"));
const rows: string[][] = [];
let agreeing = 0;
for (const file of readdirSync(path.join(test, "scripts")).filter((name) => name.endsWith(".js"))) {
  const script = path.join(test, "scripts", file);
  const ours = await runEmbedded(script);
  const theirs = runK6(script);
  const verdict = agreement(path.parse(file).name, ours, theirs);
  if (verdict !== "differs" && theirs !== null) agreeing++;
  rows.push([path.parse(file).name, shown(ours), shown(theirs), verdict]);
}
server.kill("SIGKILL");
rmSync(folder, { recursive: true });
const text = [
  `${machineLine()} ${version.stdout.toString().trim().split(" ").slice(0, 2).join(" ")}.`,
  `${agreeing} of the ${rows.filter(([, , theirs]) => theirs !== "cannot run it").length} scripts that k6 can run agree.`,
  "",
  markdownTable(["script", "loopscope: requests, iterations, checks", "k6", ""], rows),
].join("\n");
process.stdout.write(`${text}\n`);
if (values.write) writeDocumentSection("bench:agreement", text);

async function runEmbedded(scriptPath: string): Promise<Counts> {
  const load = await prepareScript({ scriptPath, env: { BASE: base }, overrides: {} });
  const silent = { onLoadStart: () => {}, onInterval: () => {}, onConsole: () => {} };
  const { metrics } = await load.run(silent, [], new AbortController().signal);
  const value = (name: string, key: string) => metrics.find((one) => one.name === name)?.values[key] ?? 0;
  return {
    requests: value("http_reqs", "count"),
    iterations: value("iterations", "count"),
    passes: value("checks", "passes"),
    fails: value("checks", "fails"),
  };
}

function runK6(script: string): Counts | null {
  const file = path.join(folder, "summary.json");
  rmSync(file, { force: true });
  const args = ["run", "-q", "-e", `BASE=${base}`, `--summary-export=${file}`, script];
  // Some scripts write files of their own.
  spawnSync(values.k6, args, { cwd: folder });
  try {
    const { metrics } = JSON.parse(readFileSync(file, "utf8")) as {
      metrics: Record<string, Record<string, number> | undefined>;
    };
    return {
      requests: metrics.http_reqs?.count ?? 0,
      iterations: metrics.iterations?.count ?? 0,
      passes: metrics.checks?.passes ?? 0,
      fails: metrics.checks?.fails ?? 0,
    };
  } catch {
    return null;
  }
}

function agreement(name: string, ours: Counts, theirs: Counts | null): string {
  if (theirs === null) return "k6 has no modules of Node";
  if (BOUND_BY_TIME.has(name)) return ours.fails === theirs.fails ? "same checks; bound by time" : "differs";
  return shown(ours) === shown(theirs) ? "same" : "differs";
}

function shown(counts: Counts | null): string {
  if (counts === null) return "cannot run it";
  return `${counts.requests}, ${counts.iterations}, ${counts.passes} of ${counts.passes + counts.fails}`;
}
