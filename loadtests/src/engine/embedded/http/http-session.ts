/** Sends a virtual user's requests one by one, and records each once, however it ends. */

import { monotonicMs } from "../../../clock.js";
import type { Tags } from "../../../measure/metric.js";
import type { Metric } from "../../../measure/metric-parts.js";
import { type ReadyToSend, TOGETHER_FROM_CONNECTIONS } from "../../send-together.js";
import { IterationInterrupted } from "../run/script-interruption.js";
import type { TestRun } from "../run/test-run.js";
import type { VirtualUser } from "../run/virtual-user.js";
import type { ConnectionPool } from "./connection-pool.js";
import { Exchange, type ExchangeOwner } from "./exchange.js";
import { INTERRUPTED } from "./network-error.js";
import { QUEUED_FROM_REQUESTS, type ReadReply } from "./reply-queue.js";
import type { RequestPlan } from "./request-plan.js";

const NO_TAGS: Tags = {};

/** Who waits for a request: called back, since a promise for each step costs more than the request. */
export interface RequestWaiter {
  /** What went wrong with the request is in the exchange. */
  onEnded(exchange: Exchange): void;
  /** @param error IterationInterrupted */
  onInterrupted(error: IterationInterrupted): void;
}

/** @throws IterationInterrupted when the user's time is over already */
export function sendRequest(user: VirtualUser, plan: RequestPlan, waiter: RequestWaiter): void {
  user.checkInterrupted();
  user.hasWaited = true;
  const gate = user.run.requestGate;
  if (gate === null) new Sending(user, plan, waiter).begin();
  else {
    gate.pass(user).then(
      () => new Sending(user, plan, waiter).begin(),
      (error: IterationInterrupted) => waiter.onInterrupted(error),
    );
  }
}

/** Rejects only with IterationInterrupted; what goes wrong with the request is in the exchange. */
export function performRequest(user: VirtualUser, plan: RequestPlan): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    sendRequest(user, plan, { onEnded: resolve, onInterrupted: reject });
  });
}

/** A request under way. */
class Sending implements ExchangeOwner, ReadyToSend, ReadReply {
  nextRead: ReadReply | null = null;
  readonly #user: VirtualUser;
  readonly #waiter: RequestWaiter;
  readonly #isMeasured: boolean;
  readonly #pool: ConnectionPool;
  readonly #exchange: Exchange;

  constructor(user: VirtualUser, plan: RequestPlan, waiter: RequestWaiter) {
    this.#user = user;
    this.#waiter = waiter;
    this.#pool = user.pool;
    this.#isMeasured = user.stage === "iteration";
    const now = monotonicMs();
    this.#exchange = new Exchange(plan, now, this.#isMeasured ? user.takeIntendedAtMs(now) : now, this);
  }

  begin(): void {
    const { run, waits } = this.#user;
    const exchange = this.#exchange;
    if (this.#isMeasured) run.recorder.began(exchange.calledAtMs);
    waits.add(exchange);
    run.deadlines.add(exchange, exchange.plan.timeoutMs, exchange.calledAtMs);
    const { together } = run;
    if (together.isExpected || run.recorder.inFlight >= TOGETHER_FROM_CONNECTIONS) together.add(this);
    else this.#pool.dispatch(exchange);
  }

  sendNow(): void {
    if (!this.#exchange.isEnded) this.#pool.dispatch(this.#exchange);
  }

  onEnd(ended: Exchange): void {
    const { replies, recorder } = this.#user.run;
    const isQueued = !replies.isEmpty || recorder.inFlight >= QUEUED_FROM_REQUESTS;
    if (ended.error === null && isQueued) replies.add(this);
    else this.goOn();
  }

  goOn(): void {
    const ended = this.#exchange;
    const user = this.#user;
    const { run } = user;
    const { plan } = ended;
    run.deadlines.remove(ended, plan.timeoutMs);
    user.waits.remove(ended);
    this.#pool.noteEnd(ended);
    if (ended.error === INTERRUPTED) {
      if (this.#isMeasured) run.recorder.givenUp(ended, plan.name);
      this.#waiter.onInterrupted(new IterationInterrupted());
      return;
    }
    record(user, run, ended, this.#isMeasured);
    this.#waiter.onEnded(ended);
  }
}

function record(user: VirtualUser, run: TestRun, exchange: Exchange, isMeasured: boolean): void {
  const { builtin } = run;
  const { plan } = exchange;
  const failed =
    plan.isExpected === null ? null : exchange.error !== null || !plan.isExpected(exchange.status);
  if (isMeasured) run.recorder.ended(exchange, plan.name, failed ?? exchange.error !== null);
  const tags = run.hasMetricParts ? requestTags(user, exchange, plan, failed) : NO_TAGS;
  builtin.httpReqs.add(1, tags);
  if (failed !== null) builtin.httpReqFailed.add(failed ? 1 : 0, tags);
  builtin.httpReqDuration.add(exchange.durationMs, tags);
  if (isMeasured) builtin.responseTime.add(exchange.endAtMs - exchange.intendedAtMs, tags);
  const timings = exchangeTimings(exchange);
  builtin.httpReqBlocked.add(timings.blocked, tags);
  builtin.httpReqConnecting.add(timings.connecting, tags);
  builtin.httpReqTlsHandshaking.add(timings.tls_handshaking, tags);
  builtin.httpReqSending.add(timings.sending, tags);
  builtin.httpReqWaiting.add(timings.waiting, tags);
  builtin.httpReqReceiving.add(timings.receiving, tags);
  addBytes(builtin.dataSent, exchange.sentBytes, tags);
  addBytes(builtin.dataReceived, exchange.receivedBytes, tags);
}

function addBytes(metric: Metric, bytes: number, tags: Tags): void {
  if (bytes > 0) metric.add(bytes, tags);
}

/** k6's `timings`, milliseconds. */
export interface RequestTimings {
  readonly blocked: number;
  readonly looking_up: number;
  readonly connecting: number;
  readonly tls_handshaking: number;
  readonly sending: number;
  readonly waiting: number;
  readonly receiving: number;
  readonly duration: number;
}

export function exchangeTimings(exchange: Exchange): RequestTimings {
  const { sentAtMs, endAtMs, calledAtMs, setup } = exchange;
  const wasSent = exchange.wasSent;
  const writtenAtMs = Number.isNaN(exchange.writtenAtMs) ? endAtMs : exchange.writtenAtMs;
  // A server may answer before it has the whole request.
  const firstByteAtMs = Number.isNaN(exchange.firstByteAtMs) ? endAtMs : exchange.firstByteAtMs;
  const sending = wasSent ? Math.min(writtenAtMs, firstByteAtMs) - sentAtMs : 0;
  const blockedUntilMs = wasSent ? sentAtMs : endAtMs;
  return {
    blocked: Math.max(0, blockedUntilMs - calledAtMs),
    looking_up: setup === null ? 0 : setup.lookupMs,
    connecting: setup === null ? 0 : setup.connectingMs,
    tls_handshaking: setup === null ? 0 : setup.tlsMs,
    sending,
    waiting: wasSent ? firstByteAtMs - sentAtMs - sending : 0,
    receiving: wasSent ? endAtMs - firstByteAtMs : 0,
    duration: wasSent ? exchange.durationMs : 0,
  };
}

function requestTags(user: VirtualUser, exchange: Exchange, plan: RequestPlan, failed: boolean | null): Tags {
  const { systemTags } = user.run.options;
  const tags: Record<string, string> = {};
  const add = (key: string, value: string) => {
    if (systemTags.has(key) && value !== "") tags[key] = value;
  };
  add("method", exchange.method);
  add("url", plan.urlTag);
  add("name", plan.name);
  add("status", String(exchange.status));
  if (exchange.status !== 0) add("proto", exchange.proto);
  if (failed !== null) add("expected_response", failed ? "false" : "true");
  if (exchange.error !== null) {
    add("error", exchange.error.message);
    add("error_code", String(exchange.error.code));
  } else if (exchange.status >= 400) add("error_code", String(1000 + exchange.status));
  add("tls_version", tlsVersionName(exchange.peer.tlsVersion));
  add("ip", exchange.peer.address);
  return Object.assign(tags, user.sampleTags(plan.tags));
}

/** `TLSv1.3` as k6 writes it: `tls1.3`. */
export function tlsVersionName(version: string): string {
  return version === "TLSv1" ? "tls1.0" : version.replace("TLSv", "tls");
}
