/** The target of a run, whichever way it is reached: started here, already running, or only known to the script. */

import { createRequire } from "node:module";
import { LoopscopeError } from "../loopscope-error.js";
import { collectGarbage } from "../target/agent-garbage.js";
import { type AgentListener, AgentStream, readAgentJson } from "../target/agent-stream.js";
import { startTarget } from "../target/start-target.js";
import { describeEnd } from "../target/target-process.js";
import type { CommandEnvironment } from "./command-environment.js";

/** SIGTERM, then this long until SIGKILL. */
const STOP_GRACE_MS = 5000;

export interface TargetRequest {
  /** Empty: nothing is started. */
  readonly command: readonly string[];
  /** Set for the command, over the caller's environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly port: number | undefined;
  /** Agent of a target that already runs. */
  readonly agentUrl: string | undefined;
  readonly startTimeoutMs: number;
}

export interface OpenTarget {
  /** Null: the script must know. */
  readonly baseUrl: string | null;
  readonly agent: { readonly url: string; readonly pid: number; readonly node: string } | null;
  /** Why there is no agent, one line; null: there is one, or nothing was asked for. */
  readonly silence: string | null;
  /** Resolves with a sentence when a target that was started here ends by itself; else never. */
  readonly died: Promise<string>;
  readonly lastOutput: () => readonly string[];
  follow(listener: AgentListener): AgentStream | null;
  /**
   * Collects the garbage of a target that was started here. @returns what is left of its heap, bytes; null of
   *   any other, or when it does not answer.
   */
  collectGarbage(): Promise<number | null>;
  close(): Promise<void>;
}

/** @throws LoopscopeError when it cannot be started or reached, or `signal` is aborted meanwhile. */
export async function openTarget(
  request: TargetRequest,
  environment: CommandEnvironment,
  signal: AbortSignal,
): Promise<OpenTarget> {
  const follow = (url: string) => (listener: AgentListener) =>
    new AgentStream(url, environment.agentToken, listener);
  if (request.command.length > 0) {
    const started = await startTarget({
      command: request.command,
      environment: { ...environment.all, ...request.variables },
      userNodeOptions: request.variables.NODE_OPTIONS ?? environment.nodeOptions,
      agentPreload: createRequire(import.meta.url).resolve("@loopscope/agent/register"),
      port: request.port,
      startTimeoutMs: request.startTimeoutMs,
      folder: process.cwd(),
      signal,
    });
    const words = request.command.join(" ");
    return {
      baseUrl: started.baseUrl,
      agent: started.agent,
      silence: started.agent === null ? "the process that listens has no agent inside" : null,
      died: started.process.ended.then((end) => `the target \`${words}\` ${describeEnd(end)} during the run`),
      lastOutput: () => started.process.lastOutput,
      follow: started.agent === null ? () => null : follow(started.agent.url),
      collectGarbage: async () =>
        started.agent === null ? null : collectGarbage(started.agent.url, environment.agentToken),
      close: () => started.stop(STOP_GRACE_MS),
    };
  }
  const nothingStarted = {
    baseUrl: null,
    died: new Promise<string>(() => undefined),
    lastOutput: () => [],
    collectGarbage: async () => null,
    close: async () => undefined,
  };
  if (request.agentUrl === undefined) {
    const silence = "no target was started and no --agent was given";
    return { ...nothingStarted, agent: null, silence, follow: () => null };
  }
  const agent = await reachAgent(request.agentUrl, environment.agentToken);
  return { ...nothingStarted, agent, silence: null, follow: follow(agent.url) };
}

async function reachAgent(
  text: string,
  token: string | undefined,
): Promise<{ url: string; pid: number; node: string }> {
  const url = text.replace(/\/+$/, "");
  try {
    const frame = await readAgentJson<{ pid: number; node?: string }>(url, "/snapshot", token);
    return { url, pid: frame.pid, node: frame.node ?? "unknown" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LoopscopeError("AGENT_UNREACHABLE", `no agent answers at ${url} (--agent): ${reason}.`);
  }
}
