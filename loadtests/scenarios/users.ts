/**
 * Half a minute of ordinary life for the users service: people read profiles while others register.
 * With FAULT=sync-password-hash in the service, each registration stops everybody else, and the thresholds on
 * the target fail; without it they hold.
 */

import type { Options } from "k6/options";
import { browse, identifyRun, register } from "./users-journeys.ts";

export const options: Options = {
  scenarios: {
    browsing: {
      executor: "constant-arrival-rate",
      exec: "browse",
      rate: 15,
      timeUnit: "1s",
      duration: "28s",
      preAllocatedVUs: 20,
      maxVUs: 100,
    },
    // Out of step with the seconds, so that no clock hides or shows what registrations do to the others.
    registering: {
      executor: "constant-arrival-rate",
      exec: "register",
      rate: 70,
      timeUnit: "1m",
      duration: "28s",
      preAllocatedVUs: 10,
      maxVUs: 50,
    },
  },
  thresholds: {
    // As the clients saw it.
    http_req_failed: ["rate<0.01"],
    checks: ["rate>0.99"],
    dropped_iterations: ["count==0"],
    response_time: ["p(95)<750"],
    "http_req_duration{name:GET /users/:id}": ["p(95)<100"],
    "http_req_duration{name:GET /users/:id/messages}": ["p(95)<150"],
    // As the service's event loop saw it.
    target_blocks: ["count==0"],
    target_eventloop_delay: ["p(99)<100"],
  },
};

export { browse, identifyRun as setup, register };
