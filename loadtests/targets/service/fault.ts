/**
 * What a fault's diagnosis must say, kept as data beside the fault, for people and for the diagnosis
 * tests.
 */

import type { BlockCause } from "@loopscope/agent/catalog";

/** Causes that are no block of the event loop. */
export type NonBlockingCause =
  | "unbounded-queue"
  | "slow-downstream"
  | "retry-storm"
  | "threadpool"
  | "cache-stampede"
  | "pool-wait"
  | "slow-query"
  | "many-queries"
  | "leak";

export interface TargetFault<Id extends string = string> {
  /** The value of `FAULT` that switches it on. */
  readonly id: Id;
  /** One sentence: what is wrong. */
  readonly what: string;
  /** The article and the advice that it breaks. */
  readonly article: string;
  readonly expected: {
    /** The cause of a block, or what else the first finding must name. */
    readonly cause: BlockCause | NonBlockingCause;
    /** The function that the finding must name; left out where the fault has no single line. */
    readonly function?: string;
    /** Where that function is, from `loadtests/`. */
    readonly file?: string;
    /** The route it happens in; null: outside any request. */
    readonly route: string | null;
  };
  /** The load script that shows it, of `scenarios/`, where single requests do not. */
  readonly scenario?: { readonly name: string; readonly variables?: Readonly<Record<string, string>> };
  /** One request that meets the fault: sent once, or often where it takes a crowd to show. */
  readonly request?: {
    readonly method: "GET" | "POST";
    readonly path: string;
    /** Beside the body's type: a token, for a service that asks for one. */
    readonly headers?: Readonly<Record<string, string>>;
    /** JSON. */
    readonly body?: string;
    /** How often a second it must be sent to show the fault; left out: twice. */
    readonly perSecond?: number;
    /** A limit on p95 that the fault breaks and its mend keeps, milliseconds; left out: 30. */
    readonly limitMs?: number;
    /** How long it must be sent, seconds; left out: 12. */
    readonly seconds?: number;
    /** The everyday requests that notice, where they are others than usual; and their limit. */
    readonly beside?: { readonly path: string; readonly limitMs: number };
  };
}
