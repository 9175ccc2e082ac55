/** What the page of `loopscope top --web` is sent: a `view` each second, `blocks` when there is a new one. */

import type { PageBlock, PageChart, PageStacks } from "./page-data.js";

export type LiveState = "waiting" | "live" | "away";

export interface LiveView {
  readonly state: LiveState;
  /** `live`, `no answer for 5 s`. */
  readonly status: string;
  /** One sentence for each change of the state: read aloud, and so without a figure that counts up. */
  readonly announcement: string;
  /** `pid 4711, up 12 s`; empty before the first frame. */
  readonly process: string;
  /** Second 0 of all time axes, epoch milliseconds. */
  readonly originMs: number;
  /** Right end of the time axis, seconds. */
  readonly nowSecond: number;
  readonly figures: readonly (readonly [name: string, value: string])[];
  readonly charts: readonly PageChart[];
  readonly routes: readonly LiveRoute[];
  readonly waits: readonly LiveWait[];
}

/** The orders in which routes can be listed: the largest first. */
export type LiveOrder = "requests" | "errors" | "p50" | "p95" | "p99";

export interface LiveRoute {
  readonly name: string;
  /** What is shown, and what the order goes by; -1 where there is no figure. */
  readonly cells: Readonly<Record<LiveOrder, readonly [text: string, rank: number]>>;
}

/** A queue or a pool: texts. */
export interface LiveWait {
  readonly kind: "queue" | "pool";
  readonly name: string;
  readonly waiting: string;
  readonly atWork: string;
  readonly wait: string;
}

export interface LiveBlocks extends PageStacks {
  /** Oldest first: what the charts mark and the dialog shows. */
  readonly blocks: readonly PageBlock[];
  /** Newest first: the table. */
  readonly rows: readonly LiveBlockRow[];
  /** `37 since the start of this view`. */
  readonly summary: string;
}

export interface LiveBlockRow {
  readonly id: string;
  /** Time of day, UTC. */
  readonly at: string;
  readonly duration: string;
  readonly function: string;
  readonly where: string;
  readonly route: string;
  readonly cause: string;
}
