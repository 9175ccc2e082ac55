/** What every row of the tables of faults must come to. */

import assert from "node:assert/strict";
import type { EngineResult } from "../../src/engine/engine.js";
import type { Http2Server } from "./http2-server.js";

export const ITERATIONS = 30;
export const VIRTUAL_USERS = 3;

export interface RecordedFault {
  readonly name: string;
  /** Of 30 requests: how many get a whole answer, and how many run into their timeout; -1: not fixed. */
  readonly completed: number;
  readonly timedOut?: number;
  /** What the server saw beyond the 30: what it refused and got again. */
  readonly sentAgain?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export function assertRecordedOnce(result: EngineResult, server: Http2Server, fault: RecordedFault): void {
  const { requests } = result;
  assert.deepEqual(result.outcome, { kind: "completed" });
  assert.equal(requests.started, ITERATIONS);
  const { sentAgain = 0 } = fault;
  if (sentAgain >= 0) assert.equal(server.seen(), ITERATIONS + sentAgain, "recorded is what was sent");
  else assert.ok(server.seen() > ITERATIONS);
  assert.equal(requests.unfinished, 0);
  if (fault.timedOut === undefined || fault.timedOut >= 0)
    assert.equal(requests.timedOut, fault.timedOut ?? 0);
  if (fault.completed >= 0) assert.equal(requests.completed, fault.completed);
  assert.equal(result.latency.count, ITERATIONS, "requests without an answer are in the latency too");
  assert.equal(result.metrics.find(({ name }) => name === "http_reqs")?.values.count, ITERATIONS);
  assert.deepEqual(
    result.checks.map(({ fails }) => fails),
    [0],
  );
}
