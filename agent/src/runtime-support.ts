/** Every difference between Node versions that the agent knows of, tested by feature where that is possible. */

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

/** Since 24 AsyncLocalStorage rides on V8's continuation data and costs nothing measurable; before, 12 to 17 %. */
export const ASYNC_CONTEXT_IS_CHEAP = major >= 24;

/** `http2.server.stream.start` and its kin are published since 22. */
export const HAS_HTTP2_CHANNELS = major >= 22;

/** `tracing:module.require` and `tracing:module.import` are published since 22. */
export const HAS_MODULE_CHANNELS = major >= 22;

/** The oldest supported version: earlier ones lack `uvMetricsInfo` and fall over `require(esm)`. */
export const IS_SUPPORTED = major > 20 || (major === 20 && minor >= 18);

const SUPERVISOR_FLAG = /^--watch(-path|-preserve-output)?(=|$)/;

/**
 * `node --watch`, and `node --test` unless it runs the tests itself, only start and watch other processes: the
 * agent belongs into those.
 */
export function isSupervisor(execArgv: readonly string[] = process.execArgv): boolean {
  if (execArgv.some((argument) => SUPERVISOR_FLAG.test(argument))) return true;
  return execArgv.includes("--test") && !runsTestsItself(execArgv);
}

/**
 * Whether the process has an inspector that another thread can connect to. `node --test` and the permission
 * model create none, and connecting nevertheless ends the process by a failed assertion of Node's (seen on 20,
 * 24 and 26), which no try can catch.
 */
export function hasInspector(execArgv: readonly string[] = process.execArgv): boolean {
  const { features, permission } = process as {
    readonly features: { readonly inspector?: boolean };
    readonly permission?: { has(scope: string): boolean };
  };
  if (features.inspector === false || execArgv.includes("--test") || isSupervisor(execArgv)) return false;
  return permission === undefined || permission.has("inspector");
}

/** The process that forked this one by node:cluster; null in a primary and outside a cluster. */
export function clusterPrimaryPid(): number | null {
  // Without the channel it is no worker, and node:cluster need not be loaded to find that out.
  if (process.channel === undefined) return null;
  const { isWorker } = require("node:cluster") as typeof import("node:cluster").default;
  return isWorker ? process.ppid : null;
}

function runsTestsItself(execArgv: readonly string[]): boolean {
  const flag = execArgv.findIndex((argument) => /^--(experimental-)?test-isolation\b/.test(argument));
  return flag !== -1 && (execArgv[flag]?.endsWith("=none") === true || execArgv[flag + 1] === "none");
}
