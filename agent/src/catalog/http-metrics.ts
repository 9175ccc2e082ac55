import { BODY_SIZE_BUCKETS_BYTES, defineMetrics, HTTP_DURATION_BUCKETS_SECONDS } from "./metric-definition";

const SERVER_LABELS = ["http_request_method", "http_route", "http_response_status_code"] as const;
const CLIENT_LABELS = [
  "http_request_method",
  "server_address",
  "server_port",
  "http_response_status_code",
  "error_type",
] as const;

/** HTTP, by OpenTelemetry's HTTP semantic conventions (v1.44, stable for the two durations). */
export const HTTP_METRICS = defineMetrics({
  serverRequestDuration: {
    name: "http_server_request_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "Duration of HTTP server requests, from the arrival of the head to the end of the answer",
    labels: SERVER_LABELS,
    buckets: HTTP_DURATION_BUCKETS_SECONDS,
    source: "opentelemetry",
    otelName: "http.server.request.duration",
  },
  serverRequestDurationQuantile: {
    name: "loopscope_http_server_request_duration_quantile_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Exact quantile of the duration of HTTP server requests over the last minute, error at most 1 %",
    labels: ["http_request_method", "http_route", "quantile"],
    source: "loopscope",
  },
  serverActiveRequests: {
    name: "http_server_active_requests",
    type: "gauge",
    unit: "none",
    help: "HTTP server requests in flight",
    labels: ["http_request_method"],
    source: "opentelemetry",
    otelName: "http.server.active_requests",
  },
  serverRequestBodySize: {
    name: "http_server_request_body_size_bytes",
    type: "histogram",
    unit: "bytes",
    help: "Size of HTTP server request bodies as announced by content-length",
    labels: ["http_request_method", "http_route"],
    buckets: BODY_SIZE_BUCKETS_BYTES,
    source: "opentelemetry",
    otelName: "http.server.request.body.size",
  },
  serverResponseBodySize: {
    name: "http_server_response_body_size_bytes",
    type: "histogram",
    unit: "bytes",
    help: "Size of HTTP server response bodies as announced by content-length",
    labels: ["http_request_method", "http_route"],
    buckets: BODY_SIZE_BUCKETS_BYTES,
    source: "opentelemetry",
    otelName: "http.server.response.body.size",
  },
  serverAborted: {
    name: "loopscope_http_server_aborted_requests_total",
    type: "counter",
    unit: "none",
    help: "HTTP server requests whose client went away before the answer was complete",
    labels: ["http_request_method", "http_route"],
    source: "loopscope",
  },
  clientRequestDuration: {
    name: "http_client_request_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "Duration of outbound HTTP requests by node:http, fetch and undici",
    labels: CLIENT_LABELS,
    buckets: HTTP_DURATION_BUCKETS_SECONDS,
    source: "opentelemetry",
    otelName: "http.client.request.duration",
  },
  clientActiveRequests: {
    name: "http_client_active_requests",
    type: "gauge",
    unit: "none",
    help: "Outbound HTTP requests in flight",
    labels: ["server_address", "server_port"],
    source: "opentelemetry",
    otelName: "http.client.active_requests",
  },
});
