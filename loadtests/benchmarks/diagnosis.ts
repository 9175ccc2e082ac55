/**
 * Is the first finding right? Every fault of the target services (and each service without one) under load,
 * what was expected against what was found, and the share of the slow requests that the finding explains
 * against the fault's own log. `npm run bench:diagnosis [-- single] [<service>[/<fault>] ...]` Reasons to
 * doubt: one load a fault, one machine; the services are ours, so their faults are the ones we know.
 */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Finding, RunDocument } from "../src/report/run-document.js";
import { GATEWAY_FAULTS } from "../targets/gateway/faults.js";
import { JOBS_FAULTS } from "../targets/jobs/faults.js";
import { REALTIME_FAULTS } from "../targets/realtime/faults.js";
import type { TargetFault } from "../targets/service/fault.js";
import { USERS_FAULTS } from "../targets/users/faults.js";
import { FAULT_LOG, runFaultLoad, type Trial } from "./fault-load.js";
import { readTrueShares, type SharesOfRun } from "./true-share.js";

interface Outcome {
  readonly trial: Trial;
  readonly found: string;
  readonly place: string;
  readonly right: boolean;
  /** One for each fault of the trial. */
  readonly shares: readonly ShareOfFault[];
  readonly note: string;
}

/** Of the slow requests, 0..1; null: no right finding, or no request that could tell. */
interface ShareOfFault {
  readonly said: number | null;
  readonly true: number | null;
}

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

const SINGLE = "single";
/** Said and true share may be this far apart, points of 100. */
const MOST_POINTS_APART = 10;

const named = process.argv.slice(2);
const wanted = named.filter((name) => name !== SINGLE);
const trials: readonly Trial[] = Object.entries(SERVICES)
  .flatMap(([service, faults]) => [
    { service, faults: [] },
    ...faults.map((fault) => ({ service, faults: [fault] })),
    ...pairsOf(service, faults),
  ])
  .filter((trial) => isWanted(trial.service, idOf(trial)))
  .filter(({ faults }) => faults.length < 2 || !named.includes(SINGLE));

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
    const output = await runFaultLoad(trial, folder);
    const text = await readFile(path.join(folder, "run.json"), "utf8").catch(() => null);
    if (text === null) {
      return { trial, found: "no run", place: "", right: false, shares: [], note: output.slice(-300) };
    }
    const shares = await readTrueShares(folder, path.join(folder, FAULT_LOG));
    return judged(trial, JSON.parse(text) as RunDocument, shares);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isRight(finding: Finding | undefined, { expected }: TargetFault): boolean {
  return (
    finding?.cause === expected.cause &&
    (expected.function === undefined || finding.location?.function === expected.function)
  );
}

function judged(trial: Trial, { findings }: RunDocument, shares: SharesOfRun): Outcome {
  const [first] = findings;
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
    shares: trial.faults.map((fault) => ({
      said: findings.find((finding) => isRight(finding, fault))?.explainedSlowRequests ?? null,
      true: shares.trueShareOf(fault.id),
    })),
    note: `${Math.round(shares.slowCount)} slow${others.length === 0 ? "" : `; then ${others.join(", ")}`}`,
  };
}

function outcomeLine({ trial, found, place, right, shares, note }: Outcome): string {
  const expected = expectedOf(trial);
  const name = `${trial.service}/${idOf(trial)}`;
  const share = shares.map(shareText).join(", ");
  const cells = [name.padEnd(38), expected.padEnd(24), found.padEnd(20), share.padEnd(10), place, note];
  return [right ? "✓" : "✗", ...cells].join("  ");
}

/** `62/60`: per cent said, per cent true. */
function shareText(share: ShareOfFault): string {
  const percent = (value: number | null): string => (value === null ? "–" : String(Math.round(value * 100)));
  return `${percent(share.said)}/${percent(share.true)}${isFar(share) ? "!" : ""}`;
}

function isFar({ said, true: real }: ShareOfFault): boolean {
  return said !== null && real !== null && Math.abs(said - real) * 100 > MOST_POINTS_APART;
}

function printSummary(all: readonly Outcome[]): void {
  const single = all.filter(({ trial }) => trial.faults.length < 2);
  const pairs = all.filter(({ trial }) => trial.faults.length === 2);
  const rightOf = (some: readonly Outcome[]): number => some.filter(({ right }) => right).length;
  console.log(
    `\n${rightOf(single)} of ${single.length} first findings are right (cause, and function where there is one)`,
  );
  if (pairs.length > 0) console.log(`${rightOf(pairs)} of ${pairs.length} pairs are both found`);
  const known = all
    .flatMap(({ shares }) => shares)
    .filter((share) => share.said !== null && share.true !== null);
  const near = known.filter((share) => !isFar(share));
  console.log(
    `${near.length} of ${known.length} shares that could be told are within ${MOST_POINTS_APART} points of the fault's own log`,
  );
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
