/** Finds the k6 binary and asks it what a script is. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { LoopscopeError } from "../../loopscope-error.js";
import type { OptionOverrides } from "../embedded/options/script-options.js";

const execute = promisify(execFile);
const INSPECT_TIMEOUT_MS = 60_000;
/** k6's own exit codes for what is wrong before the start. */
const SCRIPT_EXCEPTION = 107;

export interface K6Request {
  readonly scriptPath: string;
  /** The script's `__ENV`, and k6's own environment; `K6_BIN` names the binary. */
  readonly env: Readonly<Record<string, string>>;
  readonly overrides: OptionOverrides;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What `k6 inspect --execution-requirements` answers, as far as it is used. */
export interface K6Inspection {
  readonly thresholds: Readonly<Record<string, readonly (string | K6Threshold)[]>> | null;
  readonly scenarios: Readonly<Record<string, K6Scenario>> | null;
  /** Graceful stops included: `58s`. */
  readonly totalDuration?: string;
  readonly maxVUs?: number;
  readonly summaryTrendStats?: readonly string[] | null;
}

/** Durations in Go's notation. */
export interface K6Scenario {
  readonly executor: string;
  readonly startTime?: string | null;
  readonly duration?: string | null;
  readonly stages?: readonly { readonly duration: string }[] | null;
}

export interface K6Threshold {
  readonly threshold: string;
  readonly abortOnFail?: boolean;
  readonly delayAbortEval?: string | null;
}

export function k6Binary(request: K6Request): string {
  const named = request.env.K6_BIN;
  return named === undefined || named === "" ? "k6" : named;
}

/** Loopscope judges all thresholds itself, `target_` ones among them, which k6 would refuse. */
export function k6Environment(request: K6Request): Record<string, string> {
  return { ...request.env, K6_NO_THRESHOLDS: "true", K6_NO_USAGE_REPORT: "true" };
}

/** The options that both `k6 inspect` and `k6 run` take. @throws LoopscopeError for what k6 has no option for. */
export function k6Options(request: K6Request): readonly string[] {
  const { vus, duration, iterations, rate } = request.overrides;
  if (rate !== undefined) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      "--rate works with the embedded engine only; for k6 write a constant-arrival-rate scenario in the script.",
    );
  }
  return [
    ...(vus === undefined ? [] : ["--vus", String(vus)]),
    ...(duration === undefined ? [] : ["--duration", duration]),
    ...(iterations === undefined ? [] : ["--iterations", String(iterations)]),
    ...Object.entries(request.tags ?? {}).flatMap(([name, value]) => ["--tag", `${name}=${value}`]),
  ];
}

/** @throws LoopscopeError ENGINE_NOT_FOUND with how to install k6, or INVALID_RUN with k6's own sentence. */
export async function inspectScript(request: K6Request): Promise<K6Inspection> {
  const binary = k6Binary(request);
  k6Options(request);
  try {
    const args = ["inspect", "--execution-requirements", "--include-system-env-vars", request.scriptPath];
    const { stdout } = await execute(binary, args, {
      env: k6Environment(request),
      timeout: INSPECT_TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(stdout) as K6Inspection;
  } catch (error) {
    throw inspectionError(binary, request, error as NodeJS.ErrnoException & { stderr?: string });
  }
}

function inspectionError(
  binary: string,
  request: K6Request,
  error: NodeJS.ErrnoException & { readonly stderr?: string },
): LoopscopeError {
  if (error.code === "ENOENT" || error.code === "EACCES") {
    return new LoopscopeError(
      "ENGINE_NOT_FOUND",
      `the k6 binary "${binary}" cannot be run (${error.code}): install k6 2.x from https://grafana.com/docs/k6 ` +
        "or name it in K6_BIN; without --engine k6 the script runs on the embedded engine.",
    );
  }
  const said = [...(error.stderr ?? "").matchAll(/msg="((?:[^"\\]|\\.)*)"/g)].at(-1)?.[1];
  const sentence = (said ?? error.message)
    .replaceAll('\\"', '"')
    .replaceAll("\\n", " ")
    .replaceAll("\\t", " ")
    .trim();
  const threw = Number(error.code) === SCRIPT_EXCEPTION;
  return new LoopscopeError(
    threw ? "SCRIPT_THREW" : "INVALID_RUN",
    `k6 refuses ${request.scriptPath}: ${sentence}`,
  );
}
