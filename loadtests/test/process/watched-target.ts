import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Announcement, BlocksDocument, Frame } from "@loopscope/agent/catalog";
import { collectGarbage } from "../../src/target/agent-garbage.js";
import { type RunningTarget, startTarget } from "./start-target.js";

/** A target with the agent preloaded. */
export interface WatchedTarget {
  readonly target: RunningTarget;
  metrics(): Promise<string>;
  blocks(): Promise<BlocksDocument>;
  frame(): Promise<Frame>;
  /** Heap in use after everything was collected that can be. */
  collectedHeapBytes(): Promise<number>;
}

export async function startWatchedTarget(
  context: TestContext,
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<WatchedTarget> {
  const announceDir = await mkdtemp(join(tmpdir(), "watched-target-"));
  context.after(() => rm(announceDir, { recursive: true, force: true }));
  const target = await startTarget(name, {
    execArgv: ["--require", "@loopscope/agent/register"],
    environment: { LOOPSCOPE_PORT: "0", LOOPSCOPE_ANNOUNCE_DIR: announceDir, ...environment },
  });
  context.after(() => target.stop("SIGKILL"));
  const url = await announcedUrl(announceDir);
  // Each on a connection of its own: one that idled may be closed just as it is used again.
  const get = (path: string) => fetch(`${url}${path}`, { headers: { connection: "close" } });
  const frame = async () => (await (await get("/snapshot")).json()) as Frame;
  return {
    target,
    collectedHeapBytes: async () => (await collectGarbage(url, undefined)) ?? assert.fail("no answer"),
    metrics: async () => await (await get("/metrics")).text(),
    blocks: async () => (await (await get("/blocks")).json()) as BlocksDocument,
    frame,
  };
}

async function announcedUrl(folder: string): Promise<string> {
  for (;;) {
    for (const name of await readdir(folder)) {
      if (!name.endsWith(".json")) continue;
      const { agentUrl } = JSON.parse(await readFile(join(folder, name), "utf8")) as Announcement;
      if (agentUrl !== null) return agentUrl;
    }
    await delay(20);
  }
}
