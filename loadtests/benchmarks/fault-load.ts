/** One load on one target service with its faults switched on, as `loopscope run` puts it into a folder. */

import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { TargetFault } from "../targets/service/fault.js";

export interface Trial {
  readonly service: string;
  /** None: the healthy control; two: both at once. */
  readonly faults: readonly TargetFault[];
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OTHER_PATHS: Readonly<Record<string, string>> = {
  users: "/users/1",
  jobs: "/healthz",
  gateway: "/healthz",
};
/** What a service without a fault is asked for where a script of its own asks for more than one path. */
const HEALTHY_SCENARIO: Readonly<Record<string, string>> = { realtime: "realtime-load" };
/** The fault's own log, in the run's folder. */
export const FAULT_LOG = "faults.ndjson";
const LONGEST_RUN_MS = 240_000;

/**
 * Runs it to its end, at most four minutes.
 * @param seconds how long to load, where the fault does not say.
 * @returns the end of what it printed.
 */
export async function runFaultLoad(
  { service, faults }: Trial,
  folder: string,
  seconds?: number,
): Promise<string> {
  const scenario = faults.length === 0 ? HEALTHY_SCENARIO[service] : faults[0]?.scenario?.name;
  const child = spawn(
    process.execPath,
    [
      path.join(ROOT, "bin/loopscope.js"),
      "run",
      path.join(ROOT, `scenarios/${scenario ?? "suspects-among-others"}.ts`),
      ...["--out", folder, "--quiet", "--start-timeout", "90s"],
      ...asVariables(
        scenario === undefined ? suspectVariables(service, faults, seconds) : faults[0]?.scenario?.variables,
      ),
      ...(faults.length === 0 ? [] : ["--target-env", `FAULT=${faults.map(({ id }) => id).join(",")}`]),
      ...["--target-env", `FAULT_LOG=${path.join(folder, FAULT_LOG)}`],
      ...["--", process.execPath, path.join(ROOT, `build/targets/${service}/server.js`)],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-20_000);
    });
  }
  const limit = setTimeout(() => child.kill("SIGINT"), LONGEST_RUN_MS);
  await new Promise((resolve) => child.once("close", resolve));
  clearTimeout(limit);
  return output;
}

type Variables = Readonly<Record<string, string | number | undefined>>;

function asVariables(variables: Variables = {}): readonly string[] {
  return Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : ["-e", `${name}=${value}`],
  );
}

function suspectVariables(service: string, faults: readonly TargetFault[], otherwise = 0): Variables {
  const everyday = OTHER_PATHS[service] ?? "/healthz";
  const asked = faults.flatMap(({ request }) => request ?? []);
  const beside = asked.find((request) => request.beside !== undefined)?.beside;
  const asking = Math.max(0, ...asked.map((request) => request.seconds ?? 0));
  const seconds = asking === 0 ? otherwise : asking;
  return {
    SUSPECTS: JSON.stringify(asked.length === 0 ? [{ method: "GET", path: everyday }] : asked),
    OTHER_PATH: beside?.path ?? everyday,
    OTHER_LIMIT_MS: beside?.limitMs,
    DURATION: seconds === 0 ? undefined : `${seconds}s`,
  };
}
