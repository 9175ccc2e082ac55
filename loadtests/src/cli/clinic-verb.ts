/** `loopscope clinic`: the load of a script on a target that runs under Clinic.js, results in the run's folder. */

import { spawn } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { epochMs } from "../clock.js";
import { EXIT_CODES } from "../exit-codes.js";
import { LoopscopeError } from "../loopscope-error.js";
import { writeRunReports } from "../report/write-run-reports.js";
import {
  CLINIC_TOOLS,
  CLINIC_VARIABLES,
  type ClinicTool,
  clinicCommand,
  ENDING_SIGNALS,
  findClinic,
} from "../target/clinic-command.js";
import { type StartedTarget, startTarget } from "../target/start-target.js";
import { readCommandEnvironment } from "./command-environment.js";
import type { Invocation, VerbDefinition } from "./command-options.js";
import { Interruption } from "./interruption.js";
import { durationMs } from "./option-values.js";
import { readRun } from "./report-verb.js";

const START_TIMEOUT_MS = 90_000;
const STOP_GRACE_MS = 2000;
/** For the profile to be written, once it was asked for. */
const SIGNAL_GRACE_MS = 5000;
/** Clinic's own analysis takes seconds, on a busy server a minute; Bubbleprof's may never end. */
const DEFAULT_LIMIT = "120s";

export const CLINIC_VERB: VerbDefinition = {
  name: "clinic",
  usage: "clinic [options] <doctor|flame|heapprofiler|bubbleprof> <script> -- command",
  summary:
    "Runs the target under Clinic.js while a load script runs; keeps Clinic's page in the run's folder.",
  positionals: ["<tool>", "<script>"],
  takesCommand: true,
  options: [
    {
      name: "limit",
      value: "DURATION",
      description: `Longest time for Clinic's analysis after the load (30s, 5m). Default: ${DEFAULT_LIMIT}.`,
    },
    {
      name: "out",
      value: "FOLDER",
      description: "Folder for the results. Default: runs/<time>-clinic-<tool>/.",
    },
    {
      name: "env",
      short: "e",
      value: "KEY=VALUE",
      multiple: true,
      description: "Sets __ENV.KEY for the script.",
    },
  ],
  examples: ["loopscope clinic doctor load.ts -- node app.js"],
  execute: executeClinic,
};

async function executeClinic(invocation: Invocation): Promise<number> {
  const tool = readTool(invocation.positionals[0] ?? "");
  const script = invocation.positionals[1] ?? "";
  if (invocation.command.length === 0) {
    throw new LoopscopeError(
      "MISSING_ARGUMENT",
      "`loopscope clinic` needs the target's command after `--`, as in `-- node app.js`.",
    );
  }
  const limitMs = durationMs("--limit", invocation.options.text("limit") ?? DEFAULT_LIMIT, 1000);
  const program = await findClinic(process.cwd());
  const stamp = new Date(epochMs()).toISOString().slice(0, 19).replaceAll(":", "-");
  const folder = path.resolve(invocation.options.text("out") ?? path.join("runs", `${stamp}-clinic-${tool}`));
  const destination = path.join(folder, "clinic");
  await mkdir(destination, { recursive: true });
  const interruption = new Interruption();
  const ending = new URL("../target/end-on-request.js", import.meta.url).href;
  const agent = createRequire(import.meta.url).resolve("@loopscope/agent/register");
  const options = ["--require", agent, "--import", ending];
  const command = clinicCommand(program, tool, destination, invocation.command, options);
  const target = await startUnderClinic(command, agent, ending, interruption.signal);
  try {
    const exitCode = await driveLoad(script, folder, target, invocation.options.texts("env"));
    await endTarget(tool, target);
    await waitForAnalysis(tool, target, destination, limitMs);
    await relinkReport(folder);
    return exitCode;
  } finally {
    await target.stop(STOP_GRACE_MS);
    interruption.dispose();
  }
}

function startUnderClinic(
  command: readonly string[],
  agentPreload: string,
  ending: string,
  signal: AbortSignal,
): Promise<StartedTarget> {
  const environment = readCommandEnvironment();
  const own = environment.nodeOptions === undefined ? "" : ` ${environment.nodeOptions}`;
  return startTarget({
    command,
    environment: { ...environment.all, ...CLINIC_VARIABLES },
    userNodeOptions: `--import ${ending}${own}`,
    agentPreload,
    port: undefined,
    startTimeoutMs: START_TIMEOUT_MS,
    folder: process.cwd(),
    signal,
  });
}

/** Our own `run`, in a process of its own, against the target that Clinic started. */
function driveLoad(
  script: string,
  folder: string,
  target: StartedTarget,
  variables: readonly string[],
): Promise<number> {
  const program = fileURLToPath(new URL("../../../bin/loopscope.js", import.meta.url));
  const args = [
    ...["run", script, "--out", folder, "-e", `BASE_URL=${target.baseUrl}`],
    ...(target.agent === null ? [] : ["--agent", target.agent.url]),
    ...variables.flatMap((variable) => ["-e", variable]),
  ];
  const child = spawn(process.execPath, [program, ...args], { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? EXIT_CODES.interrupted));
  });
}

/** The target alone, not Clinic: that has its analysis to do. */
async function endTarget(tool: ClinicTool, target: StartedTarget): Promise<void> {
  if (target.agent === null) {
    throw new LoopscopeError(
      "AGENT_UNREACHABLE",
      "the target under Clinic has no agent, so its process cannot be told from Clinic's own.",
    );
  }
  process.stderr.write("the load is over: ending the target, then Clinic analyses what it recorded\n");
  const { pid } = target.agent;
  process.kill(pid, ENDING_SIGNALS[tool]);
  if (ENDING_SIGNALS[tool] === "SIGTERM") return;
  await Promise.race([target.process.ended, new Promise((resume) => setTimeout(resume, SIGNAL_GRACE_MS))]);
  // A server goes on after its profile is written: it has to be told to end.
  if (target.process.end === undefined) endIfAlive(pid);
}

function endIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It ended between the question and the signal: that is what was wanted.
  }
}

async function waitForAnalysis(
  tool: ClinicTool,
  target: StartedTarget,
  destination: string,
  limitMs: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<"limit">((resolve) => {
    timer = setTimeout(() => resolve("limit"), limitMs);
  });
  const first = await Promise.race([limit, target.process.ended]);
  clearTimeout(timer);
  const pages = (await readdir(destination)).filter((name) => name.endsWith(".html"));
  if (pages.length > 0) {
    for (const page of pages)
      process.stdout.write(`clinic  ${path.relative(process.cwd(), path.join(destination, page))}\n`);
    return;
  }
  const reason =
    first === "limit"
      ? `Clinic's ${tool} did not finish its analysis within ${limitMs / 1000} s`
      : `Clinic's ${tool} ended without a page`;
  const kept = path.relative(process.cwd(), destination);
  process.stderr.write(
    `loopscope: ${reason}; what it recorded is in ${kept}; the load's own report stands.\n`,
  );
  for (const line of target.process.lastOutput.slice(-10)) process.stderr.write(`  | ${line}\n`);
}

/** Once more, now that there is something to link to. */
async function relinkReport(folder: string): Promise<void> {
  const { document } = await readRun(folder);
  await writeRunReports(folder, document, { formats: ["html"] });
}

function readTool(text: string): ClinicTool {
  const tool = CLINIC_TOOLS.find((candidate) => candidate === text);
  if (tool !== undefined) return tool;
  throw new LoopscopeError(
    "INVALID_OPTION",
    `the tool must be one of ${CLINIC_TOOLS.join(", ")}, got "${text}".`,
  );
}
