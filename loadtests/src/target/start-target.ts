/** Starts a target with the agent inside, finds its port, waits until it accepts connections. */

import type { Announcement } from "@loopscope/agent/catalog";
import { ANNOUNCE_DIR_VARIABLE } from "@loopscope/agent/catalog";
import { monotonicMs } from "../clock.js";
import { LoopscopeError } from "../loopscope-error.js";
import { AnnouncementFolder } from "./announcements.js";
import { acceptsConnections, originOf, reachableHost } from "./connection-probe.js";
import { withPreload } from "./node-options.js";
import { describeEnd, TargetProcess } from "./target-process.js";

const POLL_MS = 20;
/** How long a target that accepts connections may take to announce its agent's address. */
const AGENT_GRACE_MS = 3000;

export interface TargetCommand {
  readonly command: readonly string[];
  /** The caller's environment; the agent's settings are added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly userNodeOptions: string | undefined;
  /** File that `--require` loads: the agent's `register`. */
  readonly agentPreload: string;
  /** Undefined: the first port that a process of the command listens on. */
  readonly port: number | undefined;
  readonly startTimeoutMs: number;
  readonly folder: string;
  /** Aborting it stops waiting, and the target with it. */
  readonly signal: AbortSignal;
}

export interface StartedTarget {
  readonly process: TargetProcess;
  /** `http://127.0.0.1:3000` */
  readonly baseUrl: string;
  /** Null: the process that listens has no agent, or its agent opened no endpoint. */
  readonly agent: { readonly url: string; readonly pid: number; readonly node: string } | null;
  /** Ends it with all it started and removes what was made for it. */
  stop(graceMs: number): Promise<void>;
}

interface Listening {
  readonly host: string;
  readonly port: number;
}

/** @throws LoopscopeError TARGET_NOT_STARTED or TARGET_UNREACHABLE, with the target's last output. */
export async function startTarget(options: TargetCommand): Promise<StartedTarget> {
  const folder = await AnnouncementFolder.create();
  const target = new TargetProcess(options.command, targetEnvironment(options, folder.path), options.folder);
  const stop = async (graceMs: number): Promise<void> => {
    await target.stop(graceMs);
    await folder.remove();
  };
  try {
    const deadline = monotonicMs() + options.startTimeoutMs;
    const listening = await waitUntilListening(options, target, folder, deadline);
    const agent = await waitForAgent(target, folder, listening.port);
    return { process: target, baseUrl: originOf(listening.host, listening.port), agent, stop };
  } catch (error) {
    await stop(1000);
    throw error;
  }
}

function targetEnvironment(options: TargetCommand, announceFolder: string): Record<string, string> {
  return {
    ...options.environment,
    NODE_OPTIONS: withPreload(options.agentPreload, options.userNodeOptions),
    LOOPSCOPE_PORT: "0",
    LOOPSCOPE_LOG: "off",
    [ANNOUNCE_DIR_VARIABLE]: announceFolder,
  };
}

async function waitUntilListening(
  options: TargetCommand,
  target: TargetProcess,
  folder: AnnouncementFolder,
  deadline: number,
): Promise<Listening> {
  const words = options.command.join(" ");
  let seen: Listening | undefined;
  for (;;) {
    seen = await findListening(options.port, folder);
    if (seen !== undefined && (await acceptsConnections(seen.host, seen.port, 1000))) {
      // Something else may own the port that was asked for: the target must still be alive behind it.
      if (target.end === undefined) return seen;
    }
    const { end } = target;
    if (end !== undefined) {
      const problem = `the target \`${words}\` ${describeEnd(end)} before it accepted connections.`;
      throw new LoopscopeError("TARGET_NOT_STARTED", problem, target.lastOutput);
    }
    options.signal.throwIfAborted();
    if (monotonicMs() > deadline) throw unreachable(options, seen, target);
    await Promise.race([delay(POLL_MS), target.ended]);
  }
}

async function findListening(
  port: number | undefined,
  folder: AnnouncementFolder,
): Promise<Listening | undefined> {
  const announced = (await folder.read()).flatMap((announcement) => announcement.listening);
  const chosen = port === undefined ? announced[0] : announced.find((address) => address.port === port);
  if (chosen !== undefined) return { host: reachableHost(chosen.address), port: chosen.port };
  return port === undefined ? undefined : { host: "127.0.0.1", port };
}

function unreachable(
  options: TargetCommand,
  seen: Listening | undefined,
  target: TargetProcess,
): LoopscopeError {
  const words = options.command.join(" ");
  const seconds = options.startTimeoutMs / 1000;
  const problem =
    seen === undefined
      ? `the target \`${words}\` listened on no port within ${seconds} s (--start-timeout); ` +
        "a target that is not Node.js needs --port."
      : `the target \`${words}\` accepted no connection on port ${seen.port} within ${seconds} s (--start-timeout).`;
  return new LoopscopeError("TARGET_UNREACHABLE", problem, target.lastOutput);
}

async function waitForAgent(
  target: TargetProcess,
  folder: AnnouncementFolder,
  port: number,
): Promise<StartedTarget["agent"]> {
  const deadline = monotonicMs() + AGENT_GRACE_MS;
  for (;;) {
    const all = await folder.read();
    const owner = all.find((one) => one.listening.some((address) => address.port === port));
    // A cluster's primary tells of all workers together, a worker of itself alone.
    const primary = all.find((one) => one.pid === owner?.clusterPrimaryPid);
    const teller = primary ?? owner;
    if (teller?.agentUrl != null) return describeAgent(teller, teller.agentUrl);
    // Nobody announced anything: there is no agent to wait for.
    if (all.length === 0 || target.end !== undefined || monotonicMs() > deadline) return null;
    await delay(POLL_MS);
  }
}

function describeAgent(owner: Announcement, url: string): NonNullable<StartedTarget["agent"]> {
  return { url, pid: owner.pid, node: owner.node };
}

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
