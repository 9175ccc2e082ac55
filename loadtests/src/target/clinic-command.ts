/** Clinic.js as a wrapper around a target's command. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { LoopscopeError } from "../loopscope-error.js";

export const CLINIC_TOOLS = ["doctor", "flame", "heapprofiler", "bubbleprof"] as const;

export type ClinicTool = (typeof CLINIC_TOOLS)[number];

/** Clinic's command-line program as the project of `folder`, or else Loopscope itself, has it installed. */
export async function findClinic(folder: string): Promise<string> {
  for (const from of [pathToFileURL(path.join(folder, "package.json")).href, import.meta.url]) {
    const manifest = resolved(from);
    if (manifest === null) continue;
    const { bin } = JSON.parse(await readFile(manifest, "utf8")) as { bin?: string | Record<string, string> };
    const program = typeof bin === "string" ? bin : bin?.clinic;
    if (program !== undefined) return path.join(path.dirname(manifest), program);
  }
  throw new LoopscopeError(
    "ENGINE_NOT_FOUND",
    "Clinic.js is not installed where it is looked for: add it to your project with `npm install --save-dev clinic`.",
  );
}

/**
 * The whole command: Clinic's program, told where to write and not to open a browser, then the target's own.
 * @param nodeOptions put behind `node` where the target's command begins with it, because Clinic's Heap Profiler
 *   overwrites NODE_OPTIONS; a command that begins otherwise gets them by that variable alone.
 */
export function clinicCommand(
  program: string,
  tool: ClinicTool,
  destination: string,
  command: readonly string[],
  nodeOptions: readonly string[],
): readonly string[] {
  const [first = "", ...rest] = command;
  const isNode = /^node(\.exe)?$/.test(path.basename(first));
  const own = isNode ? [first, ...nodeOptions, ...rest] : command;
  return [process.execPath, program, tool, "--open=false", `--dest=${destination}`, "--", ...own];
}

/** What makes a target end under each tool: the Heap Profiler writes its profile on SIGINT only. */
export const ENDING_SIGNALS: Readonly<Record<ClinicTool, NodeJS.Signals>> = {
  doctor: "SIGTERM",
  flame: "SIGTERM",
  heapprofiler: "SIGINT",
  bubbleprof: "SIGTERM",
};

/** Clinic asks whether it may collect statistics, and waits for an answer for ever where nobody can give one. */
export const CLINIC_VARIABLES: Readonly<Record<string, string>> = {
  NO_INSIGHT: "true",
  NO_UPDATE_NOTIFIER: "1",
};

function resolved(from: string): string | null {
  try {
    return createRequire(from).resolve("clinic/package.json");
  } catch {
    return null;
  }
}
