/** Sends a virtual user's requests one by one, and records each once, however it ends. */

import { monotonicMs } from "../../../clock.js";
import type { Tags } from "../../../measure/metric.js";
import type { Metric } from "../../../measure/metric-parts.js";
import { TOGETHER_FROM_CONNECTIONS } from "../../send-together.js";
import { IterationInterrupted } from "../run/script-interruption.js";
import type { TestRun } from "../run/test-run.js";
import type { VirtualUser } from "../run/virtual-user.js";
import { Exchange } from "./exchange.js";
import { INTERRUPTED } from "./network-error.js";
import type { RequestTarget } from "./request-target.js";

export interface RequestPlan {
  readonly method: string;
  readonly target: RequestTarget;
  /** Request line and headers, ending in an empty line, latin1. */
  readonly head: string;
  readonly body: Buffer | string | null;
  readonly keepBody: boolean;
  readonly timeoutMs: number;
  /** The `name` tag. */
  readonly name: string;
  /** The `url` tag. */
  readonly urlTag: string;
  /** Tags that the script gave the request. */
  readonly tags: Tags | undefined;
  /** Which statuses are successes; null records no http_req_failed. */
  readonly isExpected: ((status: number) => boolean) | null;
}

const NO_TAGS: Tags = {};

/** Rejects only with IterationInterrupted; what goes wrong with the request is in the exchange. */
export function performRequest(user: VirtualUser, plan: RequestPlan): Promise<Exchange> {
  user.checkInterrupted();
  user.hasWaited = true;
  const { run } = user;
  const gate = run.requestGate;
  if (gate === null) return send(user, plan);
  return gate.pass(user).then(() => send(user, plan));
}

function send(user: VirtualUser, plan: RequestPlan): Promise<Exchange> {
  const { run, pool } = user;
  const isMeasured = user.stage === "iteration";
  return new Promise((resolve, reject) => {
    const onEnd = (ended: Exchange) => {
      if (ended.deadline !== null) run.deadlines.remove(ended.deadline);
      user.waits.delete(ended);
      pool.noteEnd(ended);
      if (ended.error === INTERRUPTED) {
        if (isMeasured) run.recorder.givenUp(ended, plan.name);
        reject(new IterationInterrupted());
        return;
      }
      record(user, run, ended, plan, isMeasured);
      resolve(ended);
    };
    const now = monotonicMs();
    const exchange = new Exchange(
      plan.method,
      plan.target,
      plan.head,
      plan.body,
      plan.keepBody,
      now,
      isMeasured ? user.takeIntendedAtMs(now) : now,
      onEnd,
    );
    if (isMeasured) run.recorder.began(now);
    user.waits.add(exchange);
    exchange.deadline = run.deadlines.add(exchange, plan.timeoutMs, now);
    if (run.recorder.inFlight < TOGETHER_FROM_CONNECTIONS) pool.dispatch(exchange);
    else {
      run.together.add(() => {
        if (!exchange.isEnded) pool.dispatch(exchange);
      });
    }
  });
}

function record(
  user: VirtualUser,
  run: TestRun,
  exchange: Exchange,
  plan: RequestPlan,
  isMeasured: boolean,
): void {
  const { builtin } = run;
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
  const { sentAtMs, endAtMs, calledAtMs, connectingMs, tlsMs, lookupMs } = exchange;
  const wasSent = exchange.wasSent;
  const writtenAtMs = Number.isNaN(exchange.writtenAtMs) ? endAtMs : exchange.writtenAtMs;
  // A server may answer before it has the whole request.
  const firstByteAtMs = Number.isNaN(exchange.firstByteAtMs) ? endAtMs : exchange.firstByteAtMs;
  const sending = wasSent ? Math.min(writtenAtMs, firstByteAtMs) - sentAtMs : 0;
  const blockedUntilMs = wasSent ? sentAtMs : endAtMs;
  return {
    blocked: Math.max(0, blockedUntilMs - calledAtMs),
    looking_up: lookupMs,
    connecting: connectingMs,
    tls_handshaking: tlsMs,
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
  add("tls_version", tlsVersionName(exchange.tlsVersion));
  add("ip", exchange.remoteAddress);
  return Object.assign(tags, user.sampleTags(plan.tags));
}

/** `TLSv1.3` as k6 writes it: `tls1.3`. */
export function tlsVersionName(version: string): string {
  return version === "TLSv1" ? "tls1.0" : version.replace("TLSv", "tls");
}
