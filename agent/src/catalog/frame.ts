/** One second of a service's life: what `GET /stream` sends as `frame` and `GET /snapshot` answers. */

import type { HistogramSnapshot } from "./log-linear-histogram";

/** Percentiles of the frame's window, milliseconds; null when the window holds no observation. */
export interface DurationSummary {
  readonly count: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

/** One route's requests that ended within the window. */
export interface RouteFrame {
  readonly method: string;
  /** Route pattern, `unmatched`, or `other` beyond the route limit. */
  readonly route: string;
  readonly requests: number;
  /** Answers with status 500 and over. */
  readonly errors: number;
  readonly duration: DurationSummary;
  /** Microseconds. Lets readers merge frames without losing percentiles; absent where it is not sent. */
  readonly durationHistogram?: HistogramSnapshot;
}

/** A queue in front of workers. Times over the window; null when nothing ended in it. */
export interface QueueFrame {
  readonly name: string;
  readonly length: number;
  /** Null: unbounded. */
  readonly capacity: number | null;
  readonly activeWorkers: number;
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly rejected: number;
  readonly wait: DurationSummary;
  readonly task: DurationSummary;
  /** True where every process reads the same length (a queue kept in Redis); else absent. */
  readonly shared?: boolean;
  /** Microseconds; absent when nothing ended in the window. */
  readonly waitHistogram?: HistogramSnapshot;
  readonly taskHistogram?: HistogramSnapshot;
}

/** A pool of reusable resources (database connections, most often). */
export interface PoolFrame {
  readonly name: string;
  readonly used: number;
  readonly idle: number;
  readonly max: number | null;
  /** Callers waiting for a resource right now. */
  readonly pending: number;
  readonly timeouts: number;
  readonly wait: DurationSummary;
  /** Microseconds; absent when nobody was served in the window. */
  readonly waitHistogram?: HistogramSnapshot;
}

/** Calls to one database or service that ended within the window. */
export interface DownstreamFrame {
  readonly kind: "database" | "http";
  /** `postgresql 127.0.0.1:5432/shop`, `http://127.0.0.1:3001`, or `other` beyond a hundred. */
  readonly name: string;
  readonly calls: number;
  /** Those that failed; over HTTP also those answered with 500 and over. */
  readonly errors: number;
  /** On their way at the end of the window. */
  readonly inFlight: number;
  /** How long the oldest of those is on its way; null without one. */
  readonly oldestMs: number | null;
  /**
   * Most calls at one moment of the window that asked the same: the same query with the same values, GET of
   * the same URL. More than a few mean that an answer could have been shared.
   */
  readonly mostAlike: number;
  readonly duration: DurationSummary;
  /** Microseconds; absent when no call ended in the window. */
  readonly durationHistogram?: HistogramSnapshot;
}

/** Everything the agent measured within one window. */
export interface Frame {
  readonly schema: "loopscope/frame/1";
  /** End of the window, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly windowMs: number;
  /** Counts up by one a frame, so that a reader notices a gap. */
  readonly sequence: number;
  readonly pid: number;
  /** Processes of a cluster in this frame, added up; absent in a single process's. `pid` is then the primary's. */
  readonly processes?: number;
  readonly uptimeSeconds: number;
  readonly eventLoop: {
    /** Time-weighted delay that a callback becoming ready in the window would have met. */
    readonly delay: DurationSummary;
    readonly delayHistogram: HistogramSnapshot;
    /** 0..1 of the window; of a cluster the busiest process's. */
    readonly utilization: number;
    /** Blocks that ended in the window, and their time. */
    readonly blocks: number;
    readonly blockedMs: number;
  };
  readonly http: {
    readonly active: number;
    readonly requests: number;
    readonly errors: number;
    /** Connections closed by the client before the answer was complete. */
    readonly aborted: number;
    readonly duration: DurationSummary;
    readonly durationHistogram: HistogramSnapshot;
    /** Busiest first, at most 20. */
    readonly byRoute: readonly RouteFrame[];
  };
  readonly memory: {
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    readonly heapTotalBytes: number;
    readonly heapLimitBytes: number;
    readonly externalBytes: number;
    readonly arrayBuffersBytes: number;
    /** Heap used right after the latest major collection; null before the first. */
    readonly heapFloorBytes: number | null;
  };
  readonly gc: {
    readonly collections: number;
    readonly pauseMs: number;
    readonly maxPauseMs: number;
    /** Pause by kind: `major`, `minor`, `incremental`, `weakcb`. */
    readonly pauseMsByKind: Readonly<Record<string, number>>;
  };
  readonly cpu: {
    /** Cores used within the window: 1 is one core fully used. */
    readonly userCores: number;
    readonly systemCores: number;
    /**
     * How long the main thread was ready and waited for a CPU within the window, milliseconds; null where the
     * platform does not tell, absent where it is not sent.
     */
    readonly runQueueMs?: number | null;
  };
  readonly threadPool: {
    /** Wait of a probe task for a free libuv thread; null when no probe ended in the window. */
    readonly delayMs: number | null;
  };
  readonly queues: readonly QueueFrame[];
  readonly pools: readonly PoolFrame[];
  /** Busiest first, at most 20; absent where it is not sent. */
  readonly downstream?: readonly DownstreamFrame[];
}
