/**
 * A fault's own log: whom it held up, from when to when. `FAULT_LOG` names the file; without it nothing is
 * measured and every function stays as it was. `bench:diagnosis` holds the diagnosis's shares against it.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { appendFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { epochMs } from "../../src/clock.js";
import { textSetting } from "./service-environment.js";

/** One line of the file, as JSON. */
export interface FaultHold {
  /** The value of `FAULT`. */
  readonly fault: string;
  /** The function that did it. */
  readonly by: string;
  /** `everyone`: it held the event loop, or the machine; `request`: the one request that it was called for. */
  readonly whom: "everyone" | "request";
  /** Epoch milliseconds. */
  readonly from: number;
  /** Epoch milliseconds; of a hold that never ended, when the process did. */
  readonly to: number;
  /** `X-Request-Id` of the request it was called for; null outside of one, or where it carried none. */
  readonly request: string | null;
}

type Held = Pick<FaultHold, "fault" | "by" | "whom">;

/** Lines kept in memory until they are written: writing each would be a fault of its own. */
const MOST_LINES_KEPT = 2000;

const file = textSetting("FAULT_LOG");
const requests = new AsyncLocalStorage<FaultHold["request"]>();
const open = new Set<Omit<FaultHold, "to">>();
const ended: FaultHold[] = [];

if (file !== undefined) {
  process.once("exit", () => {
    const to = epochMs();
    for (const hold of open) ended.push({ ...hold, to });
    write(file);
  });
}

/** Lets the log tell which request a hold belongs to. Call it before the service listens. */
export function logHeldRequests(app: FastifyInstance): void {
  if (file === undefined) return;
  app.addHook("onRequest", (request, _reply, done) => {
    const id = request.headers["x-request-id"];
    requests.run(typeof id === "string" ? id : null, done);
  });
}

/** Notes that a fault begins to hold somebody up. @returns the function to call when it no longer does. */
export function beginHold(held: Held): () => void {
  if (file === undefined) return () => undefined;
  const hold = { ...held, from: epochMs(), request: requests.getStore() ?? null };
  open.add(hold);
  return () => {
    if (!open.delete(hold)) return;
    ended.push({ ...hold, to: epochMs() });
    if (ended.length >= MOST_LINES_KEPT) write(file);
  };
}

/** The same function, whose calls are logged from their beginning to their end (of its promise, if it has one). */
export function logHolds<Args extends readonly unknown[], Result>(
  held: Pick<Held, "fault" | "whom">,
  work: (...args: Args) => Result,
): (...args: Args) => Result {
  if (file === undefined) return work;
  const by = work.name.replace("bound ", "");
  return (...args) => {
    const end = beginHold({ ...held, by });
    let result: Result;
    try {
      result = work(...args);
    } catch (error) {
      end();
      throw error;
    }
    if (result instanceof Promise) result.then(end, end);
    else end();
    return result;
  };
}

function write(path: string): void {
  appendFileSync(path, ended.map((hold) => `${JSON.stringify(hold)}\n`).join(""));
  ended.length = 0;
}
