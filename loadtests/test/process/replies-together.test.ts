/** Replies that come together are timed before the scripts that wait for them go on. */

import assert from "node:assert/strict";
import type net from "node:net";
import { after, before, describe, it } from "node:test";
import { histogramFromSnapshot } from "@loopscope/agent/catalog";
import { fixturePath, runScript } from "./embedded-runs.js";
import { type MisbehavingServer, reply, serveMisbehaving } from "./misbehaving-server.js";

const USERS = 40;
const WORK_MS = 10;
const script = fixturePath("works-after-reply.js");

describe("40 replies that come together, with 10 ms of script after each", () => {
  let server: MisbehavingServer;
  let env: Record<string, string>;
  before(async () => {
    const waiting: net.Socket[] = [];
    server = await serveMisbehaving((socket) => {
      if (waiting.push(socket) < USERS) return;
      for (const one of waiting.splice(0)) one.write(reply("together"));
    });
    env = { BASE: server.url, VUS: String(USERS), WORK_MS: String(WORK_MS) };
  });
  after(() => server.stop());

  for (const threads of [1]) {
    it(`are not timed with the scripts before them, on ${threads} thread${threads === 1 ? "" : "s"}`, async () => {
      const { result } = await runScript(script, { env, threads });
      assert.equal(result.requests.completed, USERS);
      const longestMs = histogramFromSnapshot(result.serviceTime).quantile(1) / 1000;
      const scriptsMs = (USERS * WORK_MS) / threads;
      assert.ok(longestMs < scriptsMs / 2, `${longestMs} ms beside ${scriptsMs} ms of scripts`);
    });
  }

  it("are in time although their scripts go on after the deadline", async () => {
    const { result } = await runScript(script, { env: { ...env, TIMEOUT: "150ms" } });
    const { started, completed, failed, timedOut } = result.requests;
    assert.deepEqual(
      { started, completed, failed, timedOut },
      { started: USERS, completed: USERS, failed: 0, timedOut: 0 },
    );
  });

  it("are each recorded when the load ends before their scripts have gone on", async () => {
    const { result } = await runScript(script, { env: { ...env, MAX_DURATION: "150ms" } });
    const { started, completed, unfinished } = result.requests;
    assert.deepEqual({ started, completed, unfinished }, { started: USERS, completed: USERS, unfinished: 0 });
    assert.equal(result.latency.count, USERS);
  });
});
