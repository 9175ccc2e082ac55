import { Agent, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { type RetryPolicy, waitBeforeRetry } from "../service/retry-backoff.js";
import { Semaphore } from "../service/semaphore.js";
import { type BreakerSettings, CircuitBreaker } from "./circuit-breaker.js";
import type { ServiceRegistry } from "./service-registry.js";
import { sendUpstream, UpstreamTimeout, type UpstreamTimeouts } from "./upstream-request.js";

/** Asking twice does no more than asking once (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
/** Answers that say "not now" rather than "no". */
const TRANSIENT_STATUSES = new Set([502, 503, 504]);

/** The service is known to be broken; nobody was asked. */
export class CircuitOpen extends Error {
  readonly remainingMs: number;

  constructor(remainingMs: number) {
    super("the service is failing and gets time to recover");
    this.name = "CircuitOpen";
    this.remainingMs = remainingMs;
  }
}

export interface CallerSettings {
  readonly timeouts: UpstreamTimeouts | null;
  readonly retry: RetryPolicy;
  /** Null: a broken service is called all the same. */
  readonly breaker: BreakerSettings | null;
  /** Calls in flight to one service. */
  readonly outboundLimit: number;
}

/** Retries of the mended gateway: two more attempts, each after a longer wait with chance in it. */
export const LIMITED_RETRY: RetryPolicy = { maxAttempts: 3, firstDelayMs: 50, longestDelayMs: 1_000 };

/**
 * Fault `retry-storm`: ten attempts, at once, and no circuit breaker to end them. A service that stumbles
 * under its load gets ten times that load, and never stands up again.
 */
export const RETRY_STORM: RetryPolicy = { maxAttempts: 10, firstDelayMs: 0, longestDelayMs: 0 };

export interface OutgoingCall {
  /** Begins with a slash; encoded as the client sent it. */
  readonly path: string;
  /** The query with its question mark, or nothing. */
  readonly query: string;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Readable | null;
}

interface CallCounts {
  attempts: number;
  retries: number;
  failures: number;
  timeouts: number;
  shortCircuited: number;
}

/** Calls one service as kindly as it can be called. */
export class UpstreamCaller {
  readonly counts: CallCounts = { attempts: 0, retries: 0, failures: 0, timeouts: 0, shortCircuited: 0 };
  readonly #service: string;
  readonly #registry: ServiceRegistry;
  readonly #settings: CallerSettings;
  readonly #breaker: CircuitBreaker | null;
  readonly #outbound: Semaphore;
  readonly #agent = new Agent({ keepAlive: true, keepAliveMsecs: 30_000 });

  constructor(service: string, registry: ServiceRegistry, settings: CallerSettings) {
    this.#service = service;
    this.#registry = registry;
    this.#settings = settings;
    this.#breaker = settings.breaker === null ? null : new CircuitBreaker(settings.breaker);
    this.#outbound = new Semaphore(settings.outboundLimit, settings.outboundLimit * 10);
  }

  /** What an operator wants to see of it. */
  report() {
    return {
      ...this.counts,
      breaker: this.#breaker?.state ?? "none",
      breakerOpens: this.#breaker?.opens ?? 0,
      inFlight: this.#outbound.inUse,
      waiting: this.#outbound.waiting,
    };
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * Calls until there is an answer worth passing on, within the limits of the settings.
   * @param signal aborts when the client is gone or the total time is over.
   * @throws CircuitOpen, UpstreamTimeout, TooManyWaiting, the signal's reason, or a connection's error.
   */
  async call(call: OutgoingCall, signal: AbortSignal): Promise<IncomingMessage> {
    const { retry } = this.#settings;
    // A body that was streamed is gone: it cannot be sent again.
    const attempts = IDEMPOTENT.has(call.method) && call.body === null ? retry.maxAttempts : 1;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await this.#attempt(call, signal);
        if (!TRANSIENT_STATUSES.has(response.statusCode ?? 0) || attempt >= attempts) return response;
        response.resume();
      } catch (error) {
        if (attempt >= attempts || signal.aborted || !isWorthRetrying(error)) throw error;
      }
      this.counts.retries += 1;
      await waitBeforeRetry(retry, attempt, signal);
    }
  }

  async #attempt(call: OutgoingCall, signal: AbortSignal): Promise<IncomingMessage> {
    const admitted = this.#breaker === null ? undefined : this.#breaker.admit();
    if (admitted === null) {
      this.counts.shortCircuited += 1;
      throw new CircuitOpen(this.#breaker?.remainingOpenMs ?? 0);
    }
    let leave: (() => void) | undefined;
    try {
      leave = await this.#outbound.enter(signal);
      const response = await this.#send(call, signal);
      // The call occupies the service until its last byte, not only until its first.
      response.once("close", leave);
      const failed = (response.statusCode ?? 0) >= 500;
      if (failed) this.counts.failures += 1;
      admitted?.settle(failed ? "failed" : "ok");
      return response;
    } catch (error) {
      leave?.();
      this.#countFailure(error);
      // The total time being over says something of the service; a client that left says nothing.
      const clientLeft = signal.aborted && !(signal.reason instanceof UpstreamTimeout);
      admitted?.settle(clientLeft || leave === undefined ? "abandoned" : "failed");
      throw error;
    }
  }

  #send(call: OutgoingCall, signal: AbortSignal): Promise<IncomingMessage> {
    const instance = this.#registry.nextInstance(this.#service);
    if (instance === undefined) throw new Error(`the service ${this.#service} has no instances`);
    this.counts.attempts += 1;
    const { method, headers, body } = call;
    const url = new URL(instance);
    // Set, not resolved: "//elsewhere/" is a path here and must not become another host.
    url.pathname = call.path;
    url.search = call.query;
    return sendUpstream(
      { url, method, headers, body, timeouts: this.#settings.timeouts, agent: this.#agent },
      signal,
    );
  }

  #countFailure(error: unknown): void {
    this.counts.failures += 1;
    if (error instanceof UpstreamTimeout) this.counts.timeouts += 1;
  }
}

/** A connection that failed or fell silent may work next time; being refused by ourselves will not. */
function isWorthRetrying(error: unknown): boolean {
  return error instanceof UpstreamTimeout || (error instanceof Error && "code" in error);
}
