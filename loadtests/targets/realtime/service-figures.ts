import { type Frame, onBlock, snapshot, start } from "@loopscope/agent";

/** One second of this service's life, as the agent measured it. */
export interface ServiceFigures {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Processor cores in use: 1 is one core fully busy. */
  readonly cpuCores: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  /** Null in a second in which nothing was measured. */
  readonly eventLoopDelayP99Ms: number | null;
  readonly eventLoopDelayMaxMs: number | null;
  /** 0..1 */
  readonly eventLoopUtilization: number;
  readonly blockedMs: number;
  readonly requestsPerSecond: number;
  readonly requestErrors: number;
  readonly requestP95Ms: number | null;
  /** WebSocket clients of all kinds. */
  readonly connections: number;
  /** What blocked last, in words; null when nothing has. */
  readonly lastBlock: string | null;
}

/** Reads the agent, which is started here, with its endpoint on a free port, when it was not preloaded. */
export function openServiceFigures(connections: () => number): () => ServiceFigures | null {
  if (snapshot() === undefined) start({ port: 0 });
  let lastBlock: string | null = null;
  onBlock((block) => {
    const place = block.file === null ? "" : ` (${block.file.split(/[\\/]/).at(-1)}:${block.line})`;
    const what = block.function ?? "something";
    lastBlock = `${what}${place} held the event loop for ${Math.round(block.durationMs)} ms`;
  });
  return () => {
    const frame = snapshot();
    return frame === undefined ? null : figuresOf(frame, connections(), lastBlock);
  };
}

function figuresOf(frame: Frame, connections: number, lastBlock: string | null): ServiceFigures {
  const { eventLoop, http, memory, cpu } = frame;
  return {
    at: frame.at,
    cpuCores: cpu.userCores + cpu.systemCores,
    rssBytes: memory.rssBytes,
    heapUsedBytes: memory.heapUsedBytes,
    heapLimitBytes: memory.heapLimitBytes,
    eventLoopDelayP99Ms: eventLoop.delay.p99Ms,
    eventLoopDelayMaxMs: eventLoop.delay.maxMs,
    eventLoopUtilization: eventLoop.utilization,
    blockedMs: eventLoop.blockedMs,
    requestsPerSecond: (http.requests * 1000) / frame.windowMs,
    requestErrors: http.errors,
    requestP95Ms: http.duration.p95Ms,
    connections,
    lastBlock,
  };
}
