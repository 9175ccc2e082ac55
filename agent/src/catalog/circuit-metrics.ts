import { defineMetrics } from "./metric-definition";

const BREAKER = ["circuit_breaker"] as const;

/** Circuit breakers and retries: what the service does about calls that fail. */
export const CIRCUIT_METRICS = defineMetrics({
  breakers: {
    name: "loopscope_circuit_breakers",
    type: "gauge",
    unit: "none",
    help: "Circuit breakers of a name, by state (closed, open, half-open)",
    labels: ["circuit_breaker", "state"],
    source: "loopscope",
  },
  breakerOpens: {
    name: "loopscope_circuit_breaker_opens_total",
    type: "counter",
    unit: "none",
    help: "Times that a circuit breaker opened",
    labels: BREAKER,
    source: "loopscope",
  },
  breakerCalls: {
    name: "loopscope_circuit_breaker_calls_total",
    type: "counter",
    unit: "none",
    help: "Calls through a circuit breaker, by outcome (ok, error, timeout, rejected: not made)",
    labels: ["circuit_breaker", "outcome"],
    source: "loopscope",
  },
  retries: {
    name: "loopscope_retries_total",
    type: "counter",
    unit: "none",
    help: "Calls that a retry policy made once more, by library",
    labels: ["library"],
    source: "loopscope",
  },
});
