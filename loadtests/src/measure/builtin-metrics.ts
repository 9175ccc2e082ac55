/** k6's built-in metrics, and two of ours. */

import type { Metric } from "./metric-parts.js";
import type { MetricRegistry } from "./metric-registry.js";

export interface BuiltinMetrics {
  readonly vus: Metric;
  readonly vusMax: Metric;
  readonly iterations: Metric;
  readonly iterationDuration: Metric;
  readonly droppedIterations: Metric;
  readonly checks: Metric;
  readonly groupDuration: Metric;
  readonly httpReqs: Metric;
  readonly httpReqFailed: Metric;
  readonly httpReqDuration: Metric;
  readonly httpReqBlocked: Metric;
  readonly httpReqConnecting: Metric;
  readonly httpReqTlsHandshaking: Metric;
  readonly httpReqSending: Metric;
  readonly httpReqWaiting: Metric;
  readonly httpReqReceiving: Metric;
  readonly dataSent: Metric;
  readonly dataReceived: Metric;
  readonly wsSessions: Metric;
  readonly wsMessagesSent: Metric;
  readonly wsMessagesReceived: Metric;
  readonly wsPing: Metric;
  readonly wsSessionDuration: Metric;
  readonly wsConnecting: Metric;
  /** From the intended start of a request to the end of its reply. */
  readonly responseTime: Metric;
  /** How late the generator itself began an iteration of a timetable. */
  readonly scheduleSlip: Metric;
}

export function declareBuiltinMetrics(registry: MetricRegistry): BuiltinMetrics {
  const time = (name: string) => registry.declare(name, "trend", "time");
  return {
    vus: registry.declare("vus", "gauge"),
    vusMax: registry.declare("vus_max", "gauge"),
    iterations: registry.declare("iterations", "counter"),
    iterationDuration: time("iteration_duration"),
    droppedIterations: registry.declare("dropped_iterations", "counter"),
    checks: registry.declare("checks", "rate"),
    groupDuration: time("group_duration"),
    httpReqs: registry.declare("http_reqs", "counter"),
    httpReqFailed: registry.declare("http_req_failed", "rate"),
    httpReqDuration: time("http_req_duration"),
    httpReqBlocked: time("http_req_blocked"),
    httpReqConnecting: time("http_req_connecting"),
    httpReqTlsHandshaking: time("http_req_tls_handshaking"),
    httpReqSending: time("http_req_sending"),
    httpReqWaiting: time("http_req_waiting"),
    httpReqReceiving: time("http_req_receiving"),
    dataSent: registry.declare("data_sent", "counter", "data"),
    dataReceived: registry.declare("data_received", "counter", "data"),
    wsSessions: registry.declare("ws_sessions", "counter"),
    wsMessagesSent: registry.declare("ws_msgs_sent", "counter"),
    wsMessagesReceived: registry.declare("ws_msgs_received", "counter"),
    wsPing: time("ws_ping"),
    wsSessionDuration: time("ws_session_duration"),
    wsConnecting: time("ws_connecting"),
    responseTime: time("response_time"),
    scheduleSlip: time("schedule_slip"),
  };
}
