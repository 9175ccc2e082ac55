/** What `/realtime` sends, as this page reads it. */

export interface PageFigures {
  readonly at: number;
  readonly cpuCores: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly eventLoopDelayP99Ms: number | null;
  readonly eventLoopDelayMaxMs: number | null;
  readonly requestsPerSecond: number;
  readonly requestP95Ms: number | null;
  readonly connections: number;
}

export interface FiguresMessage {
  readonly type: "figures";
  readonly figures: PageFigures;
  readonly alerts: readonly {
    readonly id: string;
    readonly level: "warning" | "critical";
    readonly message: string;
    readonly since: number;
  }[];
}
