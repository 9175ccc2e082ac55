/**
 * Is the first finding right? Every fault of the target services (and each service without one) under load,
 * what was expected against what was found. `npm run bench:diagnosis [-- <service>[/<fault>] ...]` Reasons to
 * doubt: one load a fault, one machine; the services are ours, so their faults are the ones we know.
 */

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { RunDocument } from "../src/report/run-document.js";
import { GATEWAY_FAULTS } from "../targets/gateway/faults.js";
import { JOBS_FAULTS } from "../targets/jobs/faults.js";
import { REALTIME_FAULTS } from "../targets/realtime/faults.js";
import type { TargetFault } from "../targets/service/fault.js";
import { USERS_FAULTS } from "../targets/users/faults.js";

interface Trial {
  readonly service: string;
  /** Null: the healthy control. */
  readonly fault: TargetFault | null;
}

interface Outcome {
  readonly trial: Trial;
  readonly found: string;
  readonly place: string;
  readonly right: boolean;
  readonly note: string;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OTHER_PATHS: Readonly<Record<string, string>> = {
  users: "/users/1",
  jobs: "/healthz",
  gateway: "/healthz",
};
/** What a service without a fault is asked for where a script of its own asks for more than one path. */
const HEALTHY_SCENARIO: Readonly<Record<string, string>> = { realtime: "realtime-load" };
const MOST_RUNS = 3;

const SERVICES: Readonly<Record<string, readonly TargetFault[]>> = {
  users: USERS_FAULTS,
  jobs: JOBS_FAULTS,
  gateway: GATEWAY_FAULTS,
  realtime: REALTIME_FAULTS,
};

const wanted = process.argv.slice(2);
const trials: readonly Trial[] = Object.entries(SERVICES)
  .flatMap(([service, faults]) => [null, ...faults].map((fault) => ({ service, fault })))
  .filter(({ service, fault }) => isWanted(service, fault?.id ?? "healthy"));

const outcomes: Outcome[] = [];
for (const trial of trials) {
  const outcome = await conductUndisturbed(trial);
  outcomes.push(outcome);
  console.log(outcomeLine(outcome));
}
printSummary(outcomes);

function isWanted(service: string, id: string): boolean {
  return wanted.length === 0 || wanted.includes(service) || wanted.includes(`${service}/${id}`);
}

/** On a machine that others use too, a run that found the machine in the way says nothing about the fault. */
async function conductUndisturbed(trial: Trial): Promise<Outcome> {
  for (let run = 1; ; run++) {
    const outcome = await conductTrial(trial);
    const disturbed = outcome.found === "host" || outcome.found === "generator";
    if (!disturbed || run === MOST_RUNS) {
      return run === 1
        ? outcome
        : { ...outcome, note: `${outcome.note}; run ${run}, the machine was disturbed before` };
    }
  }
}

async function conductTrial(trial: Trial): Promise<Outcome> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-diagnosis-"));
  try {
    const output = await runLoad(trial, folder);
    const text = await readFile(path.join(folder, "run.json"), "utf8").catch(() => null);
    if (text === null) return { trial, found: "no run", place: "", right: false, note: output.slice(-300) };
    return judged(trial, JSON.parse(text) as RunDocument);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function judged(trial: Trial, document: RunDocument): Outcome {
  const [first] = document.findings;
  const expected = trial.fault?.expected.cause ?? "healthy";
  const wantedFunction = trial.fault?.expected.function;
  const place =
    first?.location === null || first === undefined
      ? ""
      : `${first.location.function} (${path.basename(first.location.file)}:${first.location.line})`;
  const rightPlace = wantedFunction === undefined || first?.location?.function === wantedFunction;
  const others = document.findings.slice(1).map(({ cause }) => cause);
  return {
    trial,
    found: first?.cause ?? "nothing",
    place,
    right: first?.cause === expected && rightPlace,
    note: `${Math.round((first?.explainedSlowRequests ?? 0) * 100)} % explained${others.length === 0 ? "" : `; then ${others.join(", ")}`}`,
  };
}

async function runLoad({ service, fault }: Trial, folder: string): Promise<string> {
  const scenario = fault === null ? HEALTHY_SCENARIO[service] : fault.scenario?.name;
  const child = spawn(
    process.execPath,
    [
      path.join(ROOT, "bin/loopscope.js"),
      "run",
      path.join(ROOT, `scenarios/${scenario ?? "one-suspect-among-others"}.ts`),
      ...["--out", folder, "--quiet", "--start-timeout", "90s"],
      ...asVariables(scenario === undefined ? suspectVariables(service, fault) : fault?.scenario?.variables),
      ...(fault === null ? [] : ["--target-env", `FAULT=${fault.id}`]),
      ...["--", process.execPath, path.join(ROOT, `build/targets/${service}/server.js`)],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-20_000);
    });
  }
  const limit = setTimeout(() => child.kill("SIGINT"), 240_000);
  await new Promise((resolve) => child.once("close", resolve));
  clearTimeout(limit);
  return output;
}

type Variables = Readonly<Record<string, string | number | undefined>>;

function asVariables(variables: Variables = {}): readonly string[] {
  return Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : ["-e", `${name}=${value}`],
  );
}

function suspectVariables(service: string, fault: TargetFault | null): Variables {
  const otherPath = OTHER_PATHS[service] ?? "/healthz";
  const request: NonNullable<TargetFault["request"]> = fault?.request ?? { method: "GET", path: otherPath };
  return {
    SUSPECT_METHOD: request.method,
    SUSPECT_PATH: request.path,
    SUSPECT_BODY: request.body,
    SUSPECT_HEADERS: request.headers === undefined ? undefined : JSON.stringify(request.headers),
    SUSPECT_RATE: request.perSecond,
    SUSPECT_LIMIT_MS: request.limitMs,
    OTHER_PATH: request.beside?.path ?? otherPath,
    OTHER_LIMIT_MS: request.beside?.limitMs,
    DURATION: request.seconds === undefined ? undefined : `${request.seconds}s`,
  };
}

function outcomeLine({ trial, found, place, right, note }: Outcome): string {
  const expected = trial.fault?.expected.cause ?? "healthy";
  const name = `${trial.service}/${trial.fault?.id ?? "healthy"}`;
  return [right ? "✓" : "✗", name.padEnd(30), expected.padEnd(16), found.padEnd(20), place, note].join("  ");
}

function printSummary(all: readonly Outcome[]): void {
  const right = all.filter((outcome) => outcome.right).length;
  const expected = [...new Set(all.map(({ trial }) => trial.fault?.expected.cause ?? "healthy"))].sort();
  const found = [...new Set(all.map((outcome) => outcome.found))].sort();
  console.log(
    `\n${right} of ${all.length} first findings are right (cause, and function where there is one)`,
  );
  console.log(`${os.cpus().length} CPUs, Node ${process.version}\n\nexpected (rows) against found (columns)`);
  console.log(["".padEnd(18), ...found].join("  "));
  for (const cause of expected) {
    const cells = found.map((other) => {
      const count = all.filter(
        (outcome) => (outcome.trial.fault?.expected.cause ?? "healthy") === cause && outcome.found === other,
      ).length;
      return (count === 0 ? "·" : String(count)).padStart(other.length);
    });
    console.log([cause.padEnd(18), ...cells].join("  "));
  }
}
