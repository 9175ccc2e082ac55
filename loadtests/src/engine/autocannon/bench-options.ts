/** What a closed-loop load on URLs is told. Plain data: it crosses to worker threads. */
export interface BenchOptions {
  readonly url: string;
  /** Connections over all workers, at least 1. */
  readonly connections: number;
  /** Requests in flight on each connection, at least 1. */
  readonly pipelining: number;
  /** Threads that send, at least 1. */
  readonly workers: number;
  /** Null: `amount` bounds the run. */
  readonly durationMs: number | null;
  /** Load before the measurement, thrown away; 0 for none. */
  readonly warmupMs: number;
  /** Requests in all; null: the duration bounds the run. */
  readonly amount: number | null;
  /** A request without an answer for this long is given up and counted with at least this latency. */
  readonly timeoutMs: number;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Sent in turn on each connection in place of the one request; null for one. */
  readonly requests: readonly BenchRequest[] | null;
  /** A HAR document, parsed; null for none. */
  readonly har: object | null;
  /** An answer with any other body is a failure; null: bodies are not looked at. */
  readonly expectBody: string | null;
  /** Replaces `[<id>]` in URL and body by a fresh one for each request. */
  readonly idReplacement: boolean;
  /** Requests on a connection after which it is closed and opened again; 0: never. */
  readonly reconnectRate: number;
  readonly socketPath: string | null;
  readonly servername: string | null;
}

export interface BenchRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** GET requests to one URL for a while: one thread, one request in flight on each connection, nothing else. */
export function plainGets(
  url: string,
  connections: number,
  durationMs: number,
  timeoutMs: number,
): BenchOptions {
  return {
    url,
    connections,
    pipelining: 1,
    workers: 1,
    durationMs,
    warmupMs: 0,
    amount: null,
    timeoutMs,
    method: "GET",
    headers: {},
    body: null,
    requests: null,
    har: null,
    expectBody: null,
    idReplacement: false,
    reconnectRate: 0,
    socketPath: null,
    servername: null,
  };
}
