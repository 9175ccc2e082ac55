/** Module `k6` for one virtual user. */

import { monotonicMs } from "../../../clock.js";
import type { VirtualUser } from "../run/virtual-user.js";
import { seedRandom } from "./seeded-random.js";

const NO_TAGS = {};

export function createCoreModule(user: VirtualUser): Readonly<Record<string, unknown>> {
  return {
    check: (value: unknown, checks: unknown, tags?: unknown) => check(user, value, checks, tags),
    group: (name: unknown, body: unknown) => group(user, String(name), body),
    sleep: (seconds?: unknown) => sleep(user, seconds),
    fail: (reason?: unknown) => {
      throw new Error(reason === undefined ? "fail() was called" : String(reason));
    },
    randomSeed: (seed: unknown) => seedRandom(Number(seed)),
  };
}

function sleep(user: VirtualUser, seconds: unknown): Promise<void> {
  if (user.stage === "init") throw new Error("sleep() cannot be used in the init code");
  return user.sleep(Number(seconds ?? 0) || 0);
}

/** True when all hold; a promise of it when a predicate waits. */
function check(
  user: VirtualUser,
  value: unknown,
  checks: unknown,
  tags: unknown,
): boolean | Promise<boolean> {
  if (user.stage === "init") throw new Error("check() cannot be used in the init code");
  if (typeof checks !== "object" || checks === null) throw new TypeError("check() needs an object of checks");
  let all = true;
  let pending: Promise<void>[] | null = null;
  for (const name of Object.keys(checks)) {
    const predicate = (checks as Readonly<Record<string, unknown>>)[name];
    const result: unknown = typeof predicate === "function" ? predicate(value) : predicate;
    if (result instanceof Promise) {
      pending ??= [];
      pending.push(
        result.then((settled) => {
          if (!recordCheck(user, name, Boolean(settled), tags)) all = false;
        }),
      );
    } else if (!recordCheck(user, name, Boolean(result), tags)) all = false;
  }
  return pending === null ? all : Promise.all(pending).then(() => all);
}

function recordCheck(user: VirtualUser, name: string, passed: boolean, tags: unknown): boolean {
  const { run } = user;
  run.countCheck(user.group, name, passed);
  const { checks } = run.builtin;
  if (checks.parts.length === 0) checks.add(passed ? 1 : 0, NO_TAGS);
  else checks.add(passed ? 1 : 0, { ...user.sampleTags(textTags(tags)), check: name });
  return passed;
}

function group(user: VirtualUser, name: string, body: unknown): unknown {
  if (user.stage === "init") throw new Error("group() cannot be used in the init code");
  if (name.includes("::"))
    throw new Error(`a group's name must not contain "::", got ${JSON.stringify(name)}`);
  if (typeof body !== "function") throw new TypeError("group() needs a function");
  const outer = user.group;
  user.group = `${outer}::${name}`;
  const startedAtMs = monotonicMs();
  const done = () => {
    user.run.builtin.groupDuration.add(monotonicMs() - startedAtMs, user.sampleTags());
    user.group = outer;
  };
  let isPending = false;
  try {
    const result: unknown = body();
    if (!(result instanceof Promise)) return result;
    isPending = true;
    return result.finally(done);
  } finally {
    if (!isPending) done();
  }
}

/** Tags as scripts write them, values turned into text. */
export function textTags(tags: unknown): Readonly<Record<string, string>> {
  if (typeof tags !== "object" || tags === null) return {};
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]));
}
