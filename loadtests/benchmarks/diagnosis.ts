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
import type { Finding, RunDocument } from "../src/report/run-document.js";
import { GATEWAY_FAULTS } from "../targets/gateway/faults.js";
import { JOBS_FAULTS } from "../targets/jobs/faults.js";
import { REALTIME_FAULTS } from "../targets/realtime/faults.js";
import type { TargetFault } from "../targets/service/fault.js";
import { USERS_FAULTS } from "../targets/users/faults.js";

interface Trial {
  readonly service: string;
  /** None: the healthy control; two: both at once. */
  readonly faults: readonly TargetFault[];
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
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  users: [
    "sync-password-hash",
    "query-without-index",
    "large-array-sort",
    "n-plus-one",
    "catastrophic-regexp",
    "sync-file-read",
  ],
};

const MOST_RUNS = 3;

const SERVICES: Readonly<Record<string, readonly TargetFault[]>> = {
  users: USERS_FAULTS,
  jobs: JOBS_FAULTS,
  gateway: GATEWAY_FAULTS,
  realtime: REALTIME_FAULTS,
};

const wanted = process.argv.slice(2);
const trials: readonly Trial[] = Object.entries(SERVICES)
  .flatMap(([service, faults]) => [
    { service, faults: [] },
    ...faults.map((fault) => ({ service, faults: [fault] })),
    ...pairsOf(service, faults),
  ])
  .filter((trial) => isWanted(trial.service, idOf(trial)));

const outcomes: Outcome[] = [];
for (const trial of trials) {
  const outcome = await conductUndisturbed(trial);
  outcomes.push(outcome);
  console.log(outcomeLine(outcome));
}
printSummary(outcomes);

/** Both at once, where a service takes two: each with each of this list, which has causes of every kind. */
function pairsOf(service: string, faults: readonly TargetFault[]): readonly Trial[] {
  const chosen = (TOGETHER[service] ?? []).flatMap((id) => faults.filter((fault) => fault.id === id));
  return chosen.flatMap((fault, index) =>
    chosen.slice(index + 1).map((other) => ({ service, faults: [fault, other] })),
  );
}

function idOf({ faults }: Trial): string {
  return faults.length === 0 ? "healthy" : faults.map(({ id }) => id).join("+");
}

function expectedOf({ faults }: Trial): string {
  return faults.length === 0 ? "healthy" : faults.map(({ expected }) => expected.cause).join("+");
}

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

function judged(trial: Trial, { findings }: RunDocument): Outcome {
  const [first] = findings;
  const isRight = (finding: Finding | undefined, { expected }: TargetFault): boolean =>
    finding?.cause === expected.cause &&
    (expected.function === undefined || finding.location?.function === expected.function);
  const right =
    trial.faults.length === 0
      ? first?.cause === "healthy"
      : trial.faults.length === 1
        ? trial.faults.every((fault) => isRight(first, fault))
        : trial.faults.every((fault) => findings.some((finding) => isRight(finding, fault)));
  const place = first?.location ?? null;
  const others = findings.slice(1).map(({ cause }) => cause);
  return {
    trial,
    found: first?.cause ?? "nothing",
    place: place === null ? "" : `${place.function} (${path.basename(place.file)}:${place.line})`,
    right,
    note: `${Math.round((first?.explainedSlowRequests ?? 0) * 100)} % explained${others.length === 0 ? "" : `; then ${others.join(", ")}`}`,
  };
}

async function runLoad({ service, faults }: Trial, folder: string): Promise<string> {
  const scenario = faults.length === 0 ? HEALTHY_SCENARIO[service] : faults[0]?.scenario?.name;
  const child = spawn(
    process.execPath,
    [
      path.join(ROOT, "bin/loopscope.js"),
      "run",
      path.join(ROOT, `scenarios/${scenario ?? "suspects-among-others"}.ts`),
      ...["--out", folder, "--quiet", "--start-timeout", "90s"],
      ...asVariables(
        scenario === undefined ? suspectVariables(service, faults) : faults[0]?.scenario?.variables,
      ),
      ...(faults.length === 0 ? [] : ["--target-env", `FAULT=${faults.map(({ id }) => id).join(",")}`]),
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

function suspectVariables(service: string, faults: readonly TargetFault[]): Variables {
  const everyday = OTHER_PATHS[service] ?? "/healthz";
  const asked = faults.flatMap(({ request }) => request ?? []);
  const beside = asked.find((request) => request.beside !== undefined)?.beside;
  const seconds = Math.max(0, ...asked.map((request) => request.seconds ?? 0));
  return {
    SUSPECTS: JSON.stringify(asked.length === 0 ? [{ method: "GET", path: everyday }] : asked),
    OTHER_PATH: beside?.path ?? everyday,
    OTHER_LIMIT_MS: beside?.limitMs,
    DURATION: seconds === 0 ? undefined : `${seconds}s`,
  };
}

function outcomeLine({ trial, found, place, right, note }: Outcome): string {
  const expected = expectedOf(trial);
  const name = `${trial.service}/${idOf(trial)}`;
  return [right ? "✓" : "✗", name.padEnd(38), expected.padEnd(24), found.padEnd(20), place, note].join("  ");
}

function printSummary(all: readonly Outcome[]): void {
  const single = all.filter(({ trial }) => trial.faults.length < 2);
  const pairs = all.filter(({ trial }) => trial.faults.length === 2);
  const rightOf = (some: readonly Outcome[]): number => some.filter(({ right }) => right).length;
  console.log(
    `\n${rightOf(single)} of ${single.length} first findings are right (cause, and function where there is one)`,
  );
  if (pairs.length > 0) console.log(`${rightOf(pairs)} of ${pairs.length} pairs are both found`);
  console.log(`${os.cpus().length} CPUs, Node ${process.version}\n\nexpected (rows) against found (columns)`);
  const expected = [...new Set(single.map(({ trial }) => expectedOf(trial)))].sort();
  const found = [...new Set(single.map((outcome) => outcome.found))].sort();
  console.log(["".padEnd(18), ...found].join("  "));
  for (const cause of expected) {
    const cells = found.map((other) => {
      const count = single.filter(
        (outcome) => expectedOf(outcome.trial) === cause && outcome.found === other,
      ).length;
      return (count === 0 ? "·" : String(count)).padStart(other.length);
    });
    console.log([cause.padEnd(18), ...cells].join("  "));
  }
}
