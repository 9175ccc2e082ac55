/**
 * The shares of slow requests that the diagnosis reports, against what the fault itself wrote down: one that
 * blocks the loop, one that makes requests queue, one slow service behind.
 */

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { FAULT_LOG, runFaultLoad } from "../../benchmarks/fault-load.js";
import { readTrueShares } from "../../benchmarks/true-share.js";
import type { RunDocument } from "../../src/report/run-document.js";
import { GATEWAY_FAULTS } from "../../targets/gateway/faults.js";
import type { TargetFault } from "../../targets/service/fault.js";
import { USERS_FAULTS } from "../../targets/users/faults.js";

const ROWS: readonly (readonly [service: string, faults: readonly TargetFault[], id: string])[] = [
  ["users", USERS_FAULTS, "sync-password-hash"],
  ["users", USERS_FAULTS, "pool-too-small"],
  ["gateway", GATEWAY_FAULTS, "cache-stampede"],
];
const SECONDS = 6;
const MOST_POINTS_APART = 10;
/** A run that found the machine in the way says less of the fault: it is repeated. */
const MOST_RUNS = 3;

interface Shares {
  readonly said: number;
  readonly real: number;
  readonly disturbed: boolean;
}

async function sharesOf(service: string, fault: TargetFault): Promise<Shares> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-shares-"));
  try {
    const output = await runFaultLoad({ service, faults: [fault] }, folder, SECONDS);
    const text = await readFile(path.join(folder, "run.json"), "utf8").catch(() => assert.fail(output));
    const { findings } = JSON.parse(text) as RunDocument;
    const found = findings.find(({ cause }) => cause === fault.expected.cause);
    const shares = await readTrueShares(folder, path.join(folder, FAULT_LOG));
    return {
      said: found?.explainedSlowRequests ?? Number.NaN,
      real: shares.trueShareOf(fault.id) ?? assert.fail(`no slow request, or no log: ${output}`),
      disturbed: findings.some(({ cause }) => cause === "host" || cause === "generator"),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const [service, faults, id] of ROWS) {
  test(`the share that ${id} of ${service} explains is within ${MOST_POINTS_APART} points of its own log`, async () => {
    const fault = faults.find((one) => one.id === id) ?? assert.fail(id);
    let shares = await sharesOf(service, fault);
    const isNear = (): boolean => Math.abs(shares.said - shares.real) * 100 <= MOST_POINTS_APART;
    for (let run = 2; run <= MOST_RUNS && !isNear() && shares.disturbed; run++) {
      shares = await sharesOf(service, fault);
    }
    assert.ok(isNear(), JSON.stringify(shares));
    // A busy machine makes other requests slow as well, so that the fault's share may be any; but not none.
    assert.ok(shares.real > 0.1, JSON.stringify(shares));
  });
}
