/**
 * The six questions that one asks a service, as k6 scenarios: what differs is only when how many people
 * come.
 */

import type { Scenario } from "k6/options";

/** What a shape is scaled by. */
export interface Usual {
  /** Name of the exported function that one visitor runs. */
  readonly exec: string;
  /** Visitors a second on an ordinary day. */
  readonly rate: number;
  /** How long a visit takes at most while the service is well, seconds: so many virtual users are needed. */
  readonly visitSeconds: number;
}

type Stages = readonly { readonly target: number; readonly duration: string }[];

/** Does it work at all? A visitor a second for a few seconds. */
export function smoke(usual: Usual): Scenario {
  return arrivals(usual, 1, [{ target: 1, duration: "5s" }]);
}

/** Does it hold its promises on an ordinary day? */
export function load(usual: Usual): Scenario {
  const { rate } = usual;
  return arrivals(usual, 1, [
    { target: rate, duration: "5s" },
    { target: rate, duration: "20s" },
    { target: 1, duration: "3s" },
  ]);
}

/** And on a day with twice, then four times as many? */
export function stress(usual: Usual): Scenario {
  const { rate } = usual;
  return arrivals(usual, rate, [
    { target: 2 * rate, duration: "5s" },
    { target: 2 * rate, duration: "10s" },
    { target: 4 * rate, duration: "5s" },
    { target: 4 * rate, duration: "10s" },
    { target: rate, duration: "5s" },
  ]);
}

/** Does it come back when six times as many come at once and leave again? */
export function spike(usual: Usual): Scenario {
  const { rate } = usual;
  return arrivals(usual, rate, [
    { target: rate, duration: "5s" },
    { target: 6 * rate, duration: "1s" },
    { target: 6 * rate, duration: "5s" },
    { target: rate, duration: "1s" },
    { target: rate, duration: "10s" },
  ]);
}

/** Does it stay well? Short unless SOAK_DURATION says otherwise (`2h`): leaks need time to show. */
export function soak(usual: Usual): Scenario {
  const { rate } = usual;
  return arrivals(usual, rate, [{ target: rate, duration: __ENV.SOAK_DURATION ?? "90s" }]);
}

/** Where does it break? Ever more until a threshold with `abortOnFail` ends it. */
export function breakpoint(usual: Usual): Scenario {
  const { rate } = usual;
  return arrivals(usual, rate, [{ target: 20 * rate, duration: "60s" }]);
}

/** Arrivals do not wait for answers: visitors do not know how busy the service is. */
function arrivals({ exec, visitSeconds }: Usual, startRate: number, stages: Stages): Scenario {
  const highest = Math.max(startRate, ...stages.map(({ target }) => target));
  const needed = Math.ceil(highest * visitSeconds) + 5;
  return {
    executor: "ramping-arrival-rate",
    exec,
    startRate,
    timeUnit: "1s",
    preAllocatedVUs: needed,
    maxVUs: needed * 3,
    stages: [...stages],
  };
}
