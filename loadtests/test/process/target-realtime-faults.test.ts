import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { REALTIME_FAULTS } from "../../targets/realtime/faults.js";
import { crowd, enterRoom } from "./realtime-client.js";
import { startWatchedTarget } from "./watched-target.js";

const TIMEOUT = { timeout: 60_000 };

test(
  "chatty-broadcast shows as a block by broadcastChatty, broadcastOnce as none",
  TIMEOUT,
  async (context) => {
    const { expected } = REALTIME_FAULTS.find(({ id }) => id === "chatty-broadcast") ?? assert.fail();
    const faulty = await startWatchedTarget(context, "realtime", { FAULT: "chatty-broadcast" });
    const [speaker] = await crowd(context, faulty.target, 250);
    for (;;) {
      speaker?.send(JSON.stringify({ type: "message", text: "hello" }));
      await delay(500);
      const { blocks } = await faulty.blocks();
      const found = blocks.find(
        (block) =>
          block.cause === expected.cause && "function" in expected && block.function === expected.function,
      );
      if (found === undefined) continue;
      assert.equal(found.route, expected.route);
      break;
    }
    await faulty.target.stop("SIGKILL");

    const mended = await startWatchedTarget(context, "realtime", {});
    const members = await crowd(context, mended.target, 600);
    const witness = await enterRoom(context, mended.target, "crowd");
    for (let message = 0; message < 20; message += 1) {
      members[message]?.send(JSON.stringify({ type: "message", text: `hello ${message}` }));
    }
    await witness.hears((message) => message.sequence === 20);
    const { blocks } = await mended.blocks();
    const ours = blocks.filter(({ stack }) => stack.some(({ file }) => file?.includes("room-broadcast")));
    assert.deepEqual(
      ours.filter(({ cause }) => cause === "json"),
      [],
    );
  },
);

test(
  "emitter-leak shows in the heap: it keeps what thousands of closed connections left",
  TIMEOUT,
  async (context) => {
    const heapBytes = new Map<string, number>();
    for (const fault of ["emitter-leak", ""]) {
      const watched = await startWatchedTarget(context, "realtime", { FAULT: fault });
      for (let round = 0; round < 20; round += 1) {
        for (const socket of await crowd(context, watched.target, 100)) socket.terminate();
      }
      heapBytes.set(fault, await watched.collectedHeapBytes());
      await watched.target.stop("SIGKILL");
    }
    const [faulty = 0, mended = 0] = heapBytes.values();
    assert.ok(faulty > mended, `${faulty} bytes with the leak, ${mended} without`);
    context.diagnostic(`heap after 2000 connections: ${faulty} bytes with the leak, ${mended} without`);
  },
);
