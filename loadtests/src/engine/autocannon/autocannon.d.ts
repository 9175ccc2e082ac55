/** The parts of autocannon 9.0.0 that are used here; it ships no types of its own. */
declare module "autocannon" {
  import type { EventEmitter } from "node:events";

  /** A request as `requests` lists it; `requestBuffer` is what autocannon built from it. */
  export interface Request {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly requestBuffer?: Buffer;
  }

  /** An instance of lib/httpClient.js: internals, held by tests against this exact version. */
  export interface Client extends EventEmitter {
    readonly opts: {
      readonly protocol?: string;
      readonly hostname: string;
      readonly port: number;
      readonly method?: string;
      readonly path?: string;
      readonly pipelining: number;
      readonly servername?: string;
      readonly socketPath?: string;
      readonly tlsOptions?: object;
    };
    readonly secure: boolean;
    readonly responseMax?: number;
    readonly reconnectRate?: number;
    readonly requestIterator: {
      readonly requests: readonly Request[];
      readonly currentRequest: Request;
      nextRequest(): Request;
      recordBody(request: Request, status: number, body: string, headers: readonly string[]): void;
    };
    readonly timeoutTicker: { clear(): void };
    destroyed: boolean;
    destroy(): void;
    _connect(): void;
    _doRequest(): void;
    _destroyConnection(): void;
  }

  export interface Options {
    readonly url: string | readonly string[];
    readonly connections?: number;
    readonly pipelining?: number;
    readonly duration?: number;
    readonly amount?: number;
    /** Seconds. */
    readonly timeout?: number;
    /** Milliseconds. */
    readonly sampleInt?: number;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly requests?: readonly Request[];
    readonly har?: object;
    readonly expectBody?: string;
    readonly idReplacement?: boolean;
    readonly reconnectRate?: number;
    readonly servername?: string;
    readonly socketPath?: string;
    readonly tlsOptions?: object;
    readonly skipAggregateResult?: boolean;
    readonly setupClient?: (client: Client) => void;
    /** Not documented; honoured by lib/run.js. */
    readonly histograms?: { readonly latencies: object };
  }

  /** Emits `start`, `done` and `error`. */
  export interface Tracker extends EventEmitter, PromiseLike<unknown> {
    stop(): void;
  }

  // biome-ignore lint/style/noDefaultExport: that is how it exports.
  export default function autocannon(options: Options): Tracker;
}
