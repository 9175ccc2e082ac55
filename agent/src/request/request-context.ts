/**
 * Which request the running code works for. Learns of requests by diagnostics channel, never by patching.
 * AsyncLocalStorage follows a request through awaits, timers and callbacks; before Node 24 it is dear, so
 * there the request of the current callback is kept instead, until a block finds that this is not enough.
 */
import { AsyncLocalStorage, executionAsyncId } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { IncomingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import { monotonicMs } from "../clock";
import type { AgentConfig } from "../config/agent-config";
import type { Guard } from "../guard";
import { ASYNC_CONTEXT_IS_CHEAP, HAS_HTTP2_CHANNELS } from "../runtime-support";
import { type SpanContext, spanContextOf } from "./span-context";

const PART = "request-context";
const REQUEST_START = "http.server.request.start";
/** Since Node 22; before, a request over HTTP/2 stays unknown. */
const STREAM_START = "http2.server.stream.start";
/** How long AsyncLocalStorage stays on after a block that found no request, milliseconds. */
const ESCALATION_MS = 5 * 60_000;

/** A request over HTTP/2 is known by its headers only: frameworks put its route elsewhere. */
export interface StreamRequest {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

export type ServerRequest = IncomingMessage | StreamRequest;

/** What Node tells of a request over HTTP/1 that it is about to hand to the application. */
export interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** Must not throw. `startedMs` is on the monotonic clock. */
export type RequestStartListener = (start: RequestStart, startedMs: number) => void;

/** Lives as long as the request; the block that names it reads the request late, when its route is known. */
export interface RequestContext {
  readonly request: ServerRequest;
  /** When it reached the application, milliseconds on the monotonic clock. */
  readonly startedMs: number;
  /** Span that was active when the request began or was captured; null without tracing. */
  span: SpanContext | null;
}

export class RequestContextTracker {
  readonly #guard: Guard;
  readonly #mode: AgentConfig["requestContext"];
  readonly #storage = new AsyncLocalStorage<RequestContext>();
  readonly #onRequest: () => void;
  #followUntilMs: number;
  #onHttp1: RequestStartListener = () => {};
  #latest: RequestContext | undefined;
  #latestAsyncId = -1;
  #requests = 0;

  /** @param onRequest called at the start of each request, before the application sees it. */
  constructor(mode: AgentConfig["requestContext"], guard: Guard, onRequest: () => void) {
    this.#mode = mode;
    this.#guard = guard;
    this.#onRequest = onRequest;
    const always = mode === "always" || (mode === "auto" && ASYNC_CONTEXT_IS_CHEAP);
    this.#followUntilMs = always ? Number.POSITIVE_INFINITY : 0;
  }

  start(): void {
    subscribe(REQUEST_START, this.#onStart);
    if (HAS_HTTP2_CHANNELS) subscribe(STREAM_START, this.#onStream);
  }

  stop(): void {
    unsubscribe(REQUEST_START, this.#onStart);
    unsubscribe(STREAM_START, this.#onStream);
    this.#storage.disable();
    this.#latest = undefined;
  }

  /**
   * Tells one listener of each request over HTTP/1 from now on: one subscription and one look at the clock for
   * both, since on a small request each costs half a percent of it.
   *
   * @returns ends the telling.
   */
  tellOfHttp1(listener: RequestStartListener): () => void {
    this.#onHttp1 = listener;
    return () => {
      if (this.#onHttp1 === listener) this.#onHttp1 = () => {};
    };
  }

  /** The request of the code that runs now; null when it is none's, or not known. */
  current(): RequestContext | null {
    const followed = this.#followUntilMs > 0 ? this.#storage.getStore() : undefined;
    const context = followed ?? (this.#latestAsyncId === executionAsyncId() ? this.#latest : undefined);
    if (context === undefined) return null;
    context.span = spanContextOf(context.request) ?? context.span;
    return context;
  }

  /** A block found no request although there are requests: follow them properly for a while. */
  escalate(): void {
    if (this.#mode !== "auto" || this.#requests === 0) return;
    if (this.#followUntilMs === Number.POSITIVE_INFINITY) return;
    this.#followUntilMs = monotonicMs() + ESCALATION_MS;
  }

  /** Ends an escalation whose time is up. Called now and then, outside any request. */
  relax(): void {
    if (this.#followUntilMs === 0 || monotonicMs() < this.#followUntilMs) return;
    this.#followUntilMs = 0;
    this.#storage.disable();
  }

  readonly #onStart = (message: unknown): void => {
    const start = message as RequestStart;
    const startedMs = monotonicMs();
    this.#begin(start.request, startedMs);
    this.#onHttp1(start, startedMs);
  };

  readonly #onStream = (message: unknown): void => {
    const { headers } = message as { readonly headers: IncomingHttpHeaders };
    this.#begin({ method: headers[":method"], headers }, monotonicMs());
  };

  #begin(request: ServerRequest, startedMs: number): void {
    if (this.#guard.isOff(PART)) return;
    try {
      this.#requests++;
      this.#onRequest();
      if (this.#mode === "off") return;
      const context: RequestContext = { request, startedMs, span: null };
      if (this.#followUntilMs > 0) this.#storage.enterWith(context);
      this.#latest = context;
      this.#latestAsyncId = executionAsyncId();
    } catch (error) {
      this.#guard.fail(PART, error);
    }
  }
}
