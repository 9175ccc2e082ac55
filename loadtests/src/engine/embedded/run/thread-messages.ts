/** What a run and the threads that drive its load say to each other. */

import type { MetricSamples } from "../../../measure/metric-parts.js";
import type { RecordedRequests } from "../../../measure/request-recorder.js";
import type {
  CheckResult,
  ClientInterval,
  DeclaredMetric,
  EngineOutcome,
  MetricSelector,
} from "../../engine.js";
import type { ScriptText } from "../compile/script-text.js";
import type { ScriptOptions } from "../options/script-options.js";
import type { ThreadPlace } from "./thread-place.js";

/** What a thread is given when it is started. */
export interface ThreadBrief {
  readonly text: ScriptText;
  readonly env: Readonly<Record<string, string>>;
  /** Of the whole load. */
  readonly options: ScriptOptions;
  readonly model: "open" | "closed";
  readonly warmupMs: number;
  readonly declaredMetrics: readonly DeclaredMetric[];
  /** Without windows: the run itself keeps those. */
  readonly selectors: readonly MetricSelector[];
  readonly place: ThreadPlace;
  /** URL of the target whose agent is followed. */
  readonly namedOrigin: string | undefined;
}

/** An arrival that another thread is to serve: its own users were all busy when it was due. */
export interface HandedArrival {
  readonly type: "arrival";
  readonly scenario: string;
  /** The thread that has promised a free user. */
  readonly toThread: number;
  /** When it was due, milliseconds on the process-wide clock. */
  readonly dueMs: number;
}

export type ThreadOrder =
  | { readonly type: "begin"; readonly setupText: string | undefined }
  /** All threads begin the scenario at that moment, milliseconds on the process-wide clock. */
  | { readonly type: "start"; readonly scenario: string; readonly atMs: number }
  | HandedArrival
  /** Asks for an interval. */
  | { readonly type: "report" }
  | { readonly type: "stop"; readonly graceMs: number };

export type ThreadReport =
  /** Its virtual users are made. */
  | { readonly type: "ready"; readonly users: number }
  /** The scenario could begin. */
  | { readonly type: "waiting"; readonly scenario: string }
  | HandedArrival
  | ThreadInterval
  | {
      readonly type: "console";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
    }
  /** The whole run is to stop. */
  | { readonly type: "stop"; readonly outcome: EngineOutcome }
  | ThreadEnd;

/** Since the one before. */
export interface ThreadInterval {
  readonly type: "interval";
  readonly interval: ClientInterval;
  readonly samples: readonly MetricSamples[];
  /** Virtual users made so far. */
  readonly users: number;
}

/** Over the whole load, the samples since the last interval. */
export interface ThreadEnd {
  readonly type: "end";
  /** Epoch milliseconds: when its scenarios were over. */
  readonly endedAt: number;
  readonly requests: RecordedRequests;
  readonly samples: readonly MetricSamples[];
  readonly checks: readonly CheckResult[];
  readonly dropped: number;
  readonly iterations: {
    readonly completed: number;
    readonly threw: number;
    readonly interrupted: number;
  };
  /** `exec.test.fail()` */
  readonly markedFailed: string | null;
}
