import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { enterRoom, Listener, realtimeStats, startRealtime } from "./realtime-client.js";

test("a room welcomes, tells who came and went, and passes every message on", async (context) => {
  const target = await startRealtime(context);
  const ann = await enterRoom(context, target, "tea");
  const bob = await enterRoom(context, target, "tea");
  const stranger = await enterRoom(context, target, "coffee");
  const welcome = await bob.hearsType("welcome");
  assert.deepEqual([welcome.room, welcome.members], ["tea", 2]);
  const bobsId = welcome.userId as string;
  await ann.hears(({ type, users }) => type === "joined" && (users as string[]).includes(bobsId));

  bob.say({ type: "message", text: "hello" });
  for (const listener of [ann, bob]) {
    const { from, text, room, sequence } = await listener.hearsType("message");
    assert.deepEqual(
      { from, text, room, sequence },
      { from: bobsId, text: "hello", room: "tea", sequence: 1 },
    );
  }
  assert.deepEqual((await realtimeStats(target)).rooms, { tea: 2, coffee: 1 });
  bob.socket.close();
  const left = await ann.hearsType("left");
  assert.deepEqual([left.users, left.members], [[bobsId], 1]);
  assert.ok(stranger.heard.every(({ type }) => type !== "message" && type !== "left"));
});

test("a client moves between rooms, and outside of one has nobody to talk to", async (context) => {
  const target = await startRealtime(context);
  const client = await enterRoom(context, target, "tea");
  client.say({ type: "join", room: "coffee" });
  await client.hears(({ type, room }) => type === "welcome" && room === "coffee");
  assert.deepEqual((await realtimeStats(target)).rooms, { coffee: 1 });
  client.say({ type: "leave" });
  client.say({ type: "message", text: "anybody?" });
  const error = await client.hearsType("error");
  assert.equal(error.code, "no-room");
});

test("a ping is answered, and nonsense is answered with what is wrong with it", async (context) => {
  const target = await startRealtime(context);
  const client = await enterRoom(context, target, "tea");
  client.say({ type: "ping" });
  await client.hearsType("pong");
  for (const [nonsense, code] of [
    ["{not json", "invalid-json"],
    ["[1]", "unknown-type"],
    ["null", "invalid-json"],
    [{ type: "dance" }, "unknown-type"],
    [{ type: "message" }, "invalid-text"],
    [{ type: "message", text: "x".repeat(10_001) }, "invalid-text"],
    [{ type: "join", room: "no spaces" }, "invalid-room"],
  ] as const) {
    client.say(nonsense);
    const error = await client.hears((message) => message.type === "error" && message.code === code);
    assert.equal(typeof error.message, "string");
    client.heard.length = 0;
  }
  client.socket.send(Buffer.from([1, 2, 3]));
  assert.equal((await client.hearsType("error")).code, "binary");
  client.say({ type: "ping" });
  await client.hearsType("pong");
});

test("a message over 64 KiB ends its connection, and an unknown path is a 404", async (context) => {
  const target = await startRealtime(context);
  const client = await enterRoom(context, target, "tea");
  client.say("x".repeat(64 * 1024 + 1));
  assert.equal((await client.closed).code, 1009);
  const lost = new WebSocket(`${target.url.replace("http", "ws")}/elsewhere`);
  const [error] = (await once(lost, "error")) as [Error];
  assert.match(error.message, /404/);
});

test("one connection too many is refused with 503", async (context) => {
  const target = await startRealtime(context, { MAX_CONNECTIONS: "2" });
  await enterRoom(context, target, "tea");
  await enterRoom(context, target, "tea");
  const refused = new WebSocket(`${target.url.replace("http", "ws")}/ws`);
  const [error] = (await once(refused, "error")) as [Error];
  assert.match(error.message, /503/);
});

test("a thousand clients in one room all receive every message", { timeout: 120_000 }, async (context) => {
  const clients = 1_000;
  const messages = 20;
  const target = await startRealtime(context);
  const listeners: Listener[] = [];
  for (let batch = 0; batch < clients / 100; batch += 1) {
    const arriving = Array.from({ length: 100 }, () => enterRoom(context, target, "crowd"));
    listeners.push(...(await Promise.all(arriving)));
  }
  assert.equal((await realtimeStats(target)).rooms.crowd, clients);
  for (let message = 0; message < messages; message += 1) {
    listeners[message * 7]?.say({ type: "message", text: `message ${message}` });
  }
  const last = ({ type, sequence }: { type: string; sequence?: unknown }) =>
    type === "message" && sequence === messages;
  await Promise.all(listeners.map((listener) => listener.hears(last)));
  for (const listener of listeners) {
    const sequences = listener.heard.filter(({ type }) => type === "message").map((heard) => heard.sequence);
    assert.deepEqual(
      sequences,
      Array.from({ length: messages }, (_, index) => index + 1),
    );
  }
  assert.equal((await realtimeStats(target)).droppedSlow, 0);
});

test("a client that stops reading is let go, and the others miss nothing meanwhile", async (context) => {
  const target = await startRealtime(context, { MAX_BUFFERED_BYTES: "262144" });
  const slow = await enterRoom(context, target, "tea");
  const speaker = await enterRoom(context, target, "tea");
  const listener = await enterRoom(context, target, "tea");
  slow.socket.pause();
  const text = "x".repeat(10_000);
  let said = 0;
  let longestEchoMs = 0;
  while ((await realtimeStats(target)).droppedSlow === 0) {
    const saidAt = performance.now();
    for (let message = 0; message < 50; message += 1) speaker.say({ type: "message", text });
    said += 50;
    await listener.hears(({ sequence }) => sequence === said);
    longestEchoMs = Math.max(longestEchoMs, performance.now() - saidAt);
    assert.ok(said < 20_000, "200 MB unread and still connected");
  }
  speaker.say({ type: "message", text: "the end" });
  await listener.hears((message) => message.text === "the end");
  const heard = listener.heard.filter(({ type }) => type === "message");
  assert.deepEqual(heard.length, said + 1);
  // The one that reads again finds the close code behind what it had missed.
  slow.socket.resume();
  assert.deepEqual(await slow.closed, { code: 4008, reason: "slow consumer" });
  context.diagnostic(
    `let go after ${said} messages of 10 kB; longest round of 50: ${longestEchoMs.toFixed(0)} ms`,
  );
});

test("a client without a sign of life is lost after two heartbeats", async (context) => {
  const target = await startRealtime(context, { HEARTBEAT_MS: "150" });
  const alive = await enterRoom(context, target, "tea");
  const { hostname, port } = new URL(target.url);
  const dead = connect({ host: hostname, port: Number(port) });
  context.after(() => dead.destroy());
  const key = Buffer.alloc(16).toString("base64");
  dead.write(
    `GET /ws?room=tea HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  dead.resume();
  await once(dead, "close");
  assert.equal((await realtimeStats(target)).lostHeartbeats, 1);
  assert.equal(alive.socket.readyState, WebSocket.OPEN);
});

test("SIGTERM says goodbye to every client with 1001 and ends with 0", async (context) => {
  const target = await startRealtime(context);
  const client = await enterRoom(context, target, "tea");
  const ended = target.stop("SIGTERM");
  assert.equal((await client.closed).code, 1001);
  assert.equal((await ended).code, 0, target.output());
});

test("listeners leave with their connections; with emitter-leak they stay for good", async (context) => {
  for (const [fault, remaining] of [
    ["", 0],
    ["emitter-leak", 20],
  ] as const) {
    const target = await startRealtime(context, { FAULT: fault });
    for (let visit = 0; visit < 20; visit += 1) {
      const client = await enterRoom(context, target, "tea");
      client.socket.close();
      await client.closed;
    }
    while ((await realtimeStats(target)).connections > 0) await delay(5);
    assert.equal((await realtimeStats(target)).listeners, remaining);
  }
});

test("with chatty-broadcast each message carries the whole room to each of its members", async (context) => {
  const bytesByFault = new Map<string, number>();
  for (const fault of ["", "chatty-broadcast"]) {
    const target = await startRealtime(context, { FAULT: fault });
    const members = await Promise.all(Array.from({ length: 100 }, () => enterRoom(context, target, "crowd")));
    const [first, ...others] = members;
    await delay(200);
    for (const member of members) member.heardBytes = 0;
    first?.say({ type: "message", text: "hello" });
    await Promise.all(others.map((member) => member.hearsType("message")));
    bytesByFault.set(fault, others[0]?.heardBytes ?? 0);
  }
  const [mended = 0, faulty = 0] = bytesByFault.values();
  assert.ok(faulty > mended * 20, `${faulty} bytes instead of ${mended}`);
});

test("an announcement reaches everyone in every room", async (context) => {
  const target = await startRealtime(context);
  const listeners = [await enterRoom(context, target, "tea"), await enterRoom(context, target, "coffee")];
  const answer = await fetch(`${target.url}/announcements`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "we close at six" }),
  });
  assert.deepEqual(await answer.json(), { told: 2 });
  for (const listener of listeners) {
    assert.equal((await listener.hearsType("announcement")).text, "we close at six");
  }
});
