/** Starts a service with the agent and finds where both listen. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ANNOUNCE_DIR_VARIABLE, type Announcement } from "@loopscope/agent/catalog";
import type { StackSettings } from "../config/stack-environment.js";

export interface ObservedService {
  readonly process: ChildProcess;
  readonly name: string;
  /** Where the agent answers, without a path. */
  readonly agentUrl: string;
  /** Where the service answers. */
  readonly url: string;
}

const START_ATTEMPTS = 600;
const ATTEMPT_MS = 100;

/**
 * Resolves when the service listens and its agent does.
 * @throws Error with one sentence where the program ends, or does not listen within a minute.
 */
export async function startObservedService(
  command: readonly string[],
  folder: string,
  settings: StackSettings,
): Promise<ObservedService> {
  const [program, ...programArguments] = command;
  if (program === undefined) throw new Error("name the command that starts the service");
  const announceFolder = join(folder, "announce");
  mkdirSync(announceFolder, { recursive: true });
  const child = spawn(program, programArguments, {
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...settings.environment,
      NODE_OPTIONS: withAgent(settings.environment.NODE_OPTIONS),
      LOOPSCOPE_PORT: settings.environment.LOOPSCOPE_PORT ?? "0",
      [ANNOUNCE_DIR_VARIABLE]: announceFolder,
    },
  });
  let failure: string | null = null;
  child.once("error", (error) => {
    failure = `${program} could not be started: ${error.message}`;
  });
  child.once("exit", (code, signal) => {
    failure ??= `the service ended before it listened (${signal ?? `exit code ${code}`})`;
  });
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
    const announced = readAnnouncements(announceFolder).find(isReady);
    if (announced !== undefined) return observed(child, announced, settings);
    if (failure !== null) throw new Error(failure);
    await pause(ATTEMPT_MS);
  }
  child.kill("SIGKILL");
  throw new Error("the service did not listen within a minute, or has no agent");
}

/** NODE_OPTIONS reaches the service also through npm or a shell; a path with a space needs the quotes. */
function withAgent(nodeOptions: string | undefined): string {
  const agent = createRequire(import.meta.url).resolve("@loopscope/agent/register");
  const option = `--require ${JSON.stringify(agent)}`;
  return nodeOptions === undefined || nodeOptions === "" ? option : `${nodeOptions} ${option}`;
}

type ReadyAnnouncement = Announcement & { readonly agentUrl: string };

function isReady(announcement: Announcement): announcement is ReadyAnnouncement {
  return announcement.agentUrl !== null && announcement.listening.length > 0;
}

function readAnnouncements(folder: string): readonly Announcement[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Announcement);
}

function observed(child: ChildProcess, ready: ReadyAnnouncement, settings: StackSettings): ObservedService {
  return {
    process: child,
    name: settings.serviceName ?? nameOf(ready.argv[0] ?? "service"),
    agentUrl: ready.agentUrl,
    url: `http://127.0.0.1:${ready.listening[0]?.port}`,
  };
}

/** `users` for `.../users/server.js`, `shop` for `.../shop.js`. */
function nameOf(program: string): string {
  const name = basename(program, extname(program));
  return ["server", "index", "main", "app"].includes(name) ? basename(dirname(program)) : name;
}
