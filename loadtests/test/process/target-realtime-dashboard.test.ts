import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { launchChromium, skipWithoutChromium } from "./installed-chromium.js";
import { crowd, enterRoom, Listener, realtimeStats, startRealtime } from "./realtime-client.js";

interface FiguresHeard {
  readonly figures: {
    at: number;
    cpuCores: number;
    rssBytes: number;
    requestsPerSecond: number;
    connections: number;
  };
  readonly alerts: { id: string; level: string; message: string; since: number }[];
}

test("the figures begin with the first subscriber and end with the last", async (context) => {
  const target = await startRealtime(context);
  const idle = await new Listener(`${target.url}/realtime`).opened();
  assert.deepEqual((await realtimeStats(target)).stream, { running: false, subscribers: 0 });
  idle.say({ type: "subscribe" });
  assert.equal((await idle.hearsType("subscribed")).intervalMs, 1000);
  const second = await new Listener(`${target.url}/realtime`).opened();
  second.say({ type: "subscribe" });
  await second.hearsType("figures");
  assert.deepEqual((await realtimeStats(target)).stream, { running: true, subscribers: 2 });

  idle.say({ type: "unsubscribe" });
  await idle.hearsType("unsubscribed");
  assert.deepEqual((await realtimeStats(target)).stream, { running: true, subscribers: 1 });
  second.socket.close();
  while ((await realtimeStats(target)).stream.running) await delay(5);
  idle.say("nonsense");
  await idle.hearsType("error");
  idle.socket.close();
});

test("the figures are those of the process: its memory, its requests, its connections", async (context) => {
  const target = await startRealtime(context);
  await enterRoom(context, target, "tea");
  const watcher = await new Listener(`${target.url}/realtime`).opened();
  context.after(() => watcher.socket.terminate());
  watcher.say({ type: "subscribe" });
  await watcher.hearsType("figures");
  let stop = false;
  const requests = (async () => {
    while (!stop) await realtimeStats(target);
  })();
  const busy = (await watcher.hears((message) => {
    return message.type === "figures" && (message as unknown as FiguresHeard).figures.requestsPerSecond > 10;
  })) as unknown as FiguresHeard;
  stop = true;
  await requests;
  assert.equal(busy.figures.connections, 2);
  assert.ok(busy.figures.cpuCores > 0 && busy.figures.cpuCores < 8, `${busy.figures.cpuCores} cores`);
  assert.ok(busy.figures.rssBytes > 20e6 && busy.figures.rssBytes < 1e9);
  assert.ok(Math.abs(busy.figures.at - Date.now()) < 10_000);
});

test("an alert is raised by a real block, names its function, and is gone after it", async (context) => {
  const target = await startRealtime(context, { FAULT: "chatty-broadcast" });
  const members = await crowd(context, target, 250);
  const watcher = await new Listener(`${target.url}/realtime`).opened();
  context.after(() => watcher.socket.terminate());
  watcher.say({ type: "subscribe" });
  const alertOf = (message: unknown) =>
    (message as FiguresHeard).alerts?.find(({ id }) => id === "event-loop-delay");
  let over = false;
  const chatter = (async () => {
    while (!over) {
      members[0]?.send(JSON.stringify({ type: "message", text: "hello" }));
      await delay(500);
    }
  })();
  const raised = alertOf(
    await watcher.hears((message) => /broadcastChatty/.test(alertOf(message)?.message ?? "")),
  );
  assert.match(
    raised?.message ?? "",
    /^event-loop delay p99 is \d+ ms: broadcastChatty \(room-broadcast\.\w+:\d+\)/,
  );
  over = true;
  await chatter;
  watcher.heard.length = 0;
  await watcher.hears((message) => message.type === "figures" && alertOf(message) === undefined);
});

test("the dashboard draws live charts and shows alerts in a browser", {
  skip: skipWithoutChromium,
}, async (context) => {
  const target = await startRealtime(context, { FAULT: "chatty-broadcast" });
  const browser = await launchChromium();
  context.after(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await page.goto(`${target.url}/dashboard`);
  await page.waitForSelector("#status.live");
  assert.equal(await page.locator("#charts section .uplot canvas").count(), 6);
  assert.deepEqual(await page.locator("#charts h2").allTextContents(), [
    "CPU (cores)",
    "Memory (MiB)",
    "Event-loop delay (ms)",
    "Requests a second",
    "Request p95 (ms)",
    "WebSocket connections",
  ]);

  const members = await crowd(context, target, 250);
  let over = false;
  const chatter = (async () => {
    while (!over) {
      members[0]?.send(JSON.stringify({ type: "message", text: "hello" }));
      await realtimeStats(target);
      await delay(500);
    }
  })();
  const alert = page.locator("#alerts li", { hasText: "event-loop delay" });
  await alert.first().waitFor();
  assert.equal(await page.locator("#no-alerts").isVisible(), false);
  for (const latest of await page.locator("#charts output").allTextContents()) assert.match(latest, /\d/);
  // Several seconds of lines: one point is no chart.
  await page.waitForTimeout(5_000);
  const picture = process.env.LOOPSCOPE_SCREENSHOT;
  if (picture !== undefined) {
    await mkdir(dirname(picture), { recursive: true });
    await page.screenshot({ path: picture });
  }
  over = true;
  await chatter;
  assert.deepEqual(complaints, []);
  for (const host of hosts) assert.ok(host === "" || host === new URL(target.url).host, host);

  await target.stop("SIGTERM");
  await page.waitForSelector("#status.lost");
});
