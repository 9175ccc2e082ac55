/** The live page as a user meets it: a real service, the real command, headless Chromium. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { freePort, startBlockingService } from "./blocking-service.js";
import { launchChromium, skipWithoutChromium } from "./installed-chromium.js";
import { openTopPage, startTopPage, untilShown } from "./top-page.js";

const OPTIONS = { skip: skipWithoutChromium };

let browser: Browser | undefined;
/** Of the page of a service that lives as long as the tests. */
let address = "";
const endings: (() => void)[] = [];

before(async () => {
  if (skipWithoutChromium !== false) return;
  const port = await freePort();
  const lasting = { after: (end: () => void) => endings.push(end) };
  await startBlockingService(lasting, port);
  ({ address } = await startTopPage(lasting, port));
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  for (const end of endings) end();
});

function figure(page: Page, name: string): Promise<string | null> {
  return page.locator(`#figures div:has(dt:text-is("${name}")) dd`).textContent();
}

test("the page shows event loop, routes and blocks, and a block opens its stack", OPTIONS, async () => {
  const { page, complaints } = await openTopPage(browser, address);
  await untilShown(page);
  assert.match((await figure(page, "event loop busy")) ?? "", /^\d[\d.]* %$/);
  assert.match((await figure(page, "resident")) ?? "", /^\d.* MiB$/);
  const ids = await page.evaluate("[...window.loopscopeLive.charts.keys()]");
  assert.deepEqual(ids, ["latency", "throughput", "eventloop", "utilization", "memory", "gc", "waits"]);
  assert.match((await page.locator("#routes tr").first().textContent()) ?? "", /^GET \S+\d+0\d.* ms/);
  await page.waitForSelector('#blocks button:text-is("spinForAWhile")');
  const block = page.locator("#blocks tr", { hasText: "spinForAWhile" }).last();
  assert.match((await block.textContent()) ?? "", /^[\d:]{8}\d.* msspinForAWhile.*:3[^\d].+$/);
  await block.locator("button").focus();
  await page.keyboard.press("Enter");
  const dialog = page.locator("#block-dialog[open]");
  assert.match((await dialog.textContent()) ?? "", /at\d\d:\d\d:\d\d\.\d+ UTC.*held the loop/s);
  assert.ok(
    (await dialog.locator(".flame-bar").allTextContents()).some((bar) => bar.startsWith("spinForAWhile")),
  );
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate("document.activeElement.textContent"), "spinForAWhile");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a click on a block's mark in a chart opens it", OPTIONS, async () => {
  const { page } = await openTopPage(browser, address);
  await untilShown(page);
  await page.locator("#pause").click();
  const place = await page.evaluate<{ x: number; y: number }>(`(() => {
    const plot = window.loopscopeLive.charts.get("eventloop");
    plot.root.scrollIntoView({ block: "center" });
    const box = plot.over.getBoundingClientRect();
    return { x: box.right - 4, y: box.top + 20 };
  })()`);
  for (let x = place.x; (await page.locator("#block-dialog[open]").count()) === 0; x -= 6) {
    assert.ok(x > place.x - 200, "no mark was found at the chart's right end");
    await page.mouse.click(x, place.y);
  }
  // Whichever block lies there: a busy machine stops the loop, too.
  assert.match((await page.locator("#block-dialog").textContent()) ?? "", /UTCheld the loop/);
  await page.close();
});

test("the page says that the service is away, and goes on when it is back", OPTIONS, async (context) => {
  const port = await freePort();
  const first = await startBlockingService(context, port);
  const { address } = await startTopPage(context, port);
  const { page } = await openTopPage(browser, address);
  await untilShown(page);
  assert.equal(await page.locator("#status").textContent(), "live");
  first.kill("SIGKILL");
  await once(first, "exit");
  await page.waitForSelector('#announcement:text("The service does not answer (connect ECONNREFUSED")');
  assert.match((await page.locator("#status").textContent()) ?? "", /^no answer for \d+ s$/);
  const second = await startBlockingService(context, port);
  await page.waitForSelector(`#announcement:text("pid ${first.pid} is now ${second.pid}")`);
  await page.waitForSelector('#status:text-is("live")');
  assert.match((await page.locator("#process").textContent()) ?? "", new RegExp(`^pid ${second.pid}, up`));
  const memory = await page.evaluate<(number | null)[][]>('window.loopscopeLive.charts.get("memory").data');
  assert.ok(memory[1]?.includes(null), "the line is broken where nothing is known");
  await page.close();
});

test("pause holds the view, a zoom of one chart pauses and zooms all, and it goes on", OPTIONS, async () => {
  const { page } = await openTopPage(browser, address);
  await untilShown(page);
  const now = (): Promise<number> => page.evaluate("window.loopscopeLive.view().nowSecond");
  const pause = page.getByRole("button", { name: "Pause" });
  await pause.focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#status").textContent(), "paused");
  const held = await now();
  await page.evaluate(`new Promise((resolve) => {
    new EventSource(location.pathname + "/stream").addEventListener("view", (event) => {
      if (JSON.parse(event.data).nowSecond >= ${held} + 2) resolve();
    });
  })`);
  assert.equal(await now(), held);
  await page.getByRole("button", { name: "Go on" }).press("Space");
  assert.ok((await now()) > held);
  const box = await page.evaluate<{ left: number; top: number; width: number }>(`(() => {
    const plot = window.loopscopeLive.charts.get("memory");
    plot.root.scrollIntoView({ block: "center" });
    const { left, top, width } = plot.over.getBoundingClientRect();
    return { left, top, width };
  })()`);
  await page.mouse.move(box.left + box.width * 0.5, box.top + 60);
  await page.mouse.down();
  await page.mouse.move(box.left + box.width * 0.7, box.top + 60, { steps: 4 });
  await page.mouse.move(box.left + box.width * 0.75, box.top + 60, { steps: 4 });
  await page.mouse.up();
  await page.waitForSelector('#status:text-is("paused")');
  const ranges = await page.evaluate<readonly (readonly [number, number])[]>(
    "[...window.loopscopeLive.charts.values()].map((plot) => [plot.scales.x.min, plot.scales.x.max])",
  );
  for (const range of ranges) assert.deepEqual(range, ranges[0]);
  assert.ok(Math.abs((ranges[0]?.[1] ?? 0) - (ranges[0]?.[0] ?? 0) - 30) < 3, `${ranges[0]}`);
  await page.mouse.dblclick(box.left + box.width * 0.5, box.top + 60);
  await page.waitForSelector('#status:text-is("live")');
  await page.close();
});

test("routes are sorted by the heading that is pressed", OPTIONS, async () => {
  const { page } = await openTopPage(browser, address);
  await untilShown(page);
  const sorted = (): Promise<string | null> => page.locator('th[aria-sort="descending"]').textContent();
  assert.equal(await sorted(), "requests");
  await page.getByRole("button", { name: "p95" }).press("Enter");
  assert.equal(await sorted(), "p95");
  await page.close();
});

test("a CPU profile of the service is downloaded", OPTIONS, async () => {
  const { page, complaints } = await openTopPage(browser, address);
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: /CPU profile/ }).press("Enter");
  const download = await downloading;
  assert.match(download.suggestedFilename(), /^loopscope-[\dT-]+\.cpuprofile$/);
  const profile = JSON.parse(await readFile(await download.path(), "utf8")) as {
    readonly nodes: readonly { readonly callFrame: { readonly url: string } }[];
  };
  // By the service's file: V8 may have put a short function into its caller.
  assert.ok(profile.nodes.some(({ callFrame }) => callFrame.url === "[eval]"));
  assert.deepEqual(complaints, []);
  await page.close();
});

for (const [width, dark] of [
  [390, false],
  [390, true],
  [1280, false],
  [1280, true],
] as const) {
  test(`the live page fits ${width} pixels, ${dark ? "dark" : "light"}`, OPTIONS, async () => {
    const { page, complaints } = await openTopPage(browser, address, { width, height: 844 }, dark);
    await untilShown(page);
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
    const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    assert.equal(background, dark ? "rgb(20, 23, 27)" : "rgb(255, 255, 255)");
    assert.deepEqual(complaints, []);
    await page.close();
  });
}

test("a function whose name looks like markup is shown, not run", OPTIONS, async (context) => {
  const evil = '</script><img src=x onerror="window.owned = 1">';
  const port = await freePort();
  await startBlockingService(context, port, { functionName: evil });
  const { address } = await startTopPage(context, port);
  const { page, complaints } = await openTopPage(browser, address);
  await untilShown(page);
  const button = page.locator("#blocks button", { hasText: "<img src=x" }).first();
  await button.press("Enter");
  assert.match((await page.locator("#block-dialog h2").textContent()) ?? "", /<img src=x/);
  assert.equal(await page.evaluate("window.owned"), undefined);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("Ctrl-C ends the command, and an open page says so", OPTIONS, async (context) => {
  const port = await freePort();
  await startBlockingService(context, port);
  const top = await startTopPage(context, port);
  const { page } = await openTopPage(browser, top.address);
  await untilShown(page);
  assert.equal(await top.interrupt(), 0);
  await page.waitForSelector('#announcement:text("The command that serves this page has ended")');
  assert.equal(await page.locator("#status").textContent(), "view ended");
  await page.close();
});
