/**
 * Requests that are under suspicion, now and then, beside everyday ones that should not notice. Settings by
 * `-e`: SUSPECTS (a JSON list of `Suspect`), OTHER_PATH (/healthz), OTHER_RATE (40 a second), OTHER_LIMIT_MS
 * (30), DURATION (12s).
 */

import exec from "k6/execution";
import http from "k6/http";
import type { Options } from "k6/options";

interface Suspect {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
  /** Left out: 2. */
  readonly perSecond?: number;
  /** What 95 % of them must keep to, milliseconds; left out: 30. */
  readonly limitMs?: number;
}

const base = __ENV.BASE_URL ?? "http://127.0.0.1:3000";
const duration = __ENV.DURATION ?? "12s";
const otherPath = __ENV.OTHER_PATH ?? "/healthz";
const suspects = JSON.parse(__ENV.SUSPECTS ?? "[]") as readonly Suspect[];

const limitOf = (path: string, limitMs: number | string): [string, string[]] => [
  `http_req_duration{name:${path}}`,
  [`p(95)<${limitMs}`],
];

export const options: Options = {
  thresholds: Object.fromEntries([
    limitOf(otherPath, __ENV.OTHER_LIMIT_MS ?? "30"),
    ...suspects.map(({ path, limitMs = 30 }) => limitOf(path, limitMs)),
  ]),
  scenarios: {
    others: {
      executor: "constant-arrival-rate",
      exec: "other",
      rate: Number(__ENV.OTHER_RATE ?? "40"),
      timeUnit: "1s",
      duration,
      preAllocatedVUs: 50,
      maxVUs: 400,
    },
    ...Object.fromEntries(
      suspects.map(({ perSecond = 2 }, index) => [
        `suspect_${index}`,
        {
          executor: "constant-arrival-rate",
          exec: "suspect",
          rate: perSecond,
          timeUnit: "1s",
          duration,
          preAllocatedVUs: 20,
          maxVUs: 200,
          gracefulStop: "5s",
        },
      ]),
    ),
  },
};

export function other(): void {
  http.get(`${base}${otherPath}`, { tags: { name: otherPath } });
}

export function suspect(): void {
  const index = Number(exec.scenario.name.replace("suspect_", ""));
  const { method, path, headers, body } = suspects[index] as Suspect;
  // An address that is taken once may not be taken again: every registration needs its own.
  const text = body?.replace("@example.com", `-${exec.scenario.iterationInTest}@example.com`) ?? null;
  http.request(method, `${base}${path}`, text, {
    headers: text === null ? { ...headers } : { ...headers, "Content-Type": "application/json" },
    tags: { name: path },
  });
}
