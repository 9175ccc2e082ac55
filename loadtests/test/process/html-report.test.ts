/**
 * The report as a reader meets it: opened from disk in headless Chromium. Skipped where there is no Chromium.
 */

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { formatCount, formatMs } from "../../src/report/figure-format.js";
import { readRunTimeline } from "../../src/report/run-timeline.js";
import { renderReport, writeRunReports } from "../../src/report/write-run-reports.js";
import { type GeneratedRun, USUAL_LOAD, writeGeneratedRun } from "../generated/generated-run.js";
import { launchChromium, skipWithoutChromium } from "./installed-chromium.js";

let folder = "";
let run: GeneratedRun;
let browser: Browser | undefined;

before(async () => {
  if (skipWithoutChromium !== false) return;
  folder = await mkdtemp(path.join(os.tmpdir(), "loopscope report "));
  run = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 20 });
  await writeRunReports(folder, run.document, { baseFolder: "/srv/app", latency: run.latency });
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  if (folder !== "") await rm(folder, { recursive: true, force: true });
});

interface OpenedReport {
  readonly page: Page;
  /** Everything that should not happen: errors, console messages, requests that are not the file itself. */
  readonly complaints: readonly string[];
}

async function openReport(
  file: string,
  viewport = { width: 1280, height: 900 },
  dark = false,
): Promise<OpenedReport> {
  assert.ok(browser !== undefined);
  const page = await browser.newPage({ viewport, colorScheme: dark ? "dark" : "light" });
  const complaints: string[] = [];
  const url = pathToFileURL(file).href;
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== url) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForFunction("window.loopscope !== undefined");
  return { page, complaints };
}

/** Lower and upper end of each chart's time axis. */
function ranges(page: Page): Promise<readonly (readonly [number, number])[]> {
  return page.evaluate("[...window.loopscope.charts.values()].map((p) => [p.scales.x.min, p.scales.x.max])");
}

test("the charts hold the run's own seconds, and are drawn", { skip: skipWithoutChromium }, async () => {
  const { page, complaints } = await openReport(path.join(folder, "report.html"));
  const timeline = await readRunTimeline(path.join(folder, "timeline.ndjson"));
  const drawn = await page.evaluate<Record<string, (number | null)[][]>>(
    "Object.fromEntries([...window.loopscope.charts].map(([id, p]) => [id, p.data]))",
  );
  const near = (
    actual: readonly (number | null)[] | undefined,
    expected: readonly (number | null)[],
  ): void => {
    assert.equal(actual?.length, expected.length);
    for (const [index, value] of expected.entries()) {
      assert.ok(Math.abs((actual?.[index] ?? -1) - (value ?? -1)) <= 1e-3 * Math.abs(value ?? 1) + 1e-9);
    }
  };
  near(
    drawn.latency?.[0],
    timeline.client.map((second) => second.elapsedSeconds),
  );
  near(
    drawn.latency?.[2],
    timeline.client.map((second) => second.p95Ms),
  );
  near(
    drawn.throughput?.[1],
    timeline.client.map((second) => second.completedPerSecond),
  );
  near(
    drawn.eventloop?.[2],
    timeline.target.map((second) => second.delayP99Ms),
  );
  near(
    drawn.memory?.[1],
    timeline.target.map((second) => second.rssBytes / 2 ** 20),
  );
  const inked = await page.evaluate<
    readonly number[]
  >(`[...document.querySelectorAll(".chart canvas")].map((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    const pixels = new Uint32Array(data.buffer);
    for (const pixel of pixels) if (pixel >>> 24 > 200) colours.add(pixel);
    return colours.size;
  })`);
  assert.ok(inked.length >= 7 && inked.every((colours) => colours > 5), `colours in each canvas: ${inked}`);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the figures are those of run.json", { skip: skipWithoutChromium }, async () => {
  const { page } = await openReport(path.join(folder, "report.html"));
  const { document } = run;
  const figures = await page.$$eval(".figures > div", (items) => items.map((item) => item.textContent));
  for (const expected of [
    `answered${formatCount(document.client.requests.completed)}`,
    `latency p95${formatMs(document.client.latencyMs?.p95)}`,
    `blocks${formatCount(document.target?.blockCount)}`,
    `blocked${formatMs(document.target?.blockedMs)}`,
  ]) {
    assert.ok(figures.includes(expected), `${expected} in ${figures.join("; ")}`);
  }
  const requests = await page.$$eval('[aria-label="Requests by name"] tbody tr', (rows) =>
    rows.map((row) => row.textContent),
  );
  assert.equal(requests.length, 1 + document.client.byName.length);
  for (const { name, requests: count, latencyMs } of document.client.byName) {
    const row = requests.find((text) => text?.startsWith(name) === true);
    assert.ok(
      row?.includes(formatCount(count)) === true && row.includes(formatMs(latencyMs?.p99)),
      row ?? name,
    );
  }
  const thresholds = await page.$$eval('[aria-label="Thresholds"] tbody tr', (rows) =>
    rows.map((row) => row.textContent),
  );
  assert.deepEqual(
    thresholds.map((text) => text?.includes("✓ holds") === true),
    document.thresholds.map(({ ok }) => ok),
  );
  await page.close();
});

test("a click on a block's mark opens its stack, and Escape closes it", {
  skip: skipWithoutChromium,
}, async () => {
  const { page, complaints } = await openReport(path.join(folder, "report.html"));
  const place = await page.evaluate<{ x: number; y: number }>(`(() => {
    const { charts, data } = window.loopscope;
    const plot = charts.get("eventloop");
    plot.root.scrollIntoView({ block: "center" });
    const box = plot.over.getBoundingClientRect();
    return { x: box.left + plot.valToPos(data.blocks[2].second, "x") + 1, y: box.top + 20 };
  })()`);
  await page.mouse.click(place.x, place.y);
  const dialog = page.locator("#block-dialog[open]");
  assert.match((await dialog.textContent()) ?? "", /hashPassword.*src\/users\.ts:41.*POST \/users/s);
  const bars = await dialog.locator(".flame-bar").allTextContents();
  assert.deepEqual(bars[0], "handler src/server.ts:23");
  assert.ok(
    bars.includes("scryptSync node:internal/crypto/scrypt:82") && bars.includes("validate src/users.ts:33"),
  );
  await page.keyboard.press("Escape");
  assert.equal(await dialog.count(), 0);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a block's stack can be reached with the keyboard alone", { skip: skipWithoutChromium }, async () => {
  const { page } = await openReport(path.join(folder, "report.html"));
  await page.locator('[aria-label="Blocks by culprit"] button').focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#block-dialog[open]").count(), 1);
  await page.close();
});

test("a drag over one chart zooms all of them, and a double click shows the whole run", {
  skip: skipWithoutChromium,
}, async () => {
  const { page } = await openReport(path.join(folder, "report.html"));
  const box = await page.evaluate<{ left: number; top: number; width: number }>(`(() => {
    const plot = window.loopscope.charts.get("throughput");
    plot.root.scrollIntoView({ block: "center" });
    const { left, top, width } = plot.over.getBoundingClientRect();
    return { left, top, width };
  })()`);
  await page.mouse.move(box.left + box.width * 0.25, box.top + 60);
  await page.mouse.down();
  await page.mouse.move(box.left + box.width * 0.4, box.top + 60, { steps: 4 });
  await page.mouse.move(box.left + box.width * 0.5, box.top + 60, { steps: 4 });
  await page.mouse.up();
  const zoomed = await ranges(page);
  assert.ok(zoomed.length >= 6);
  for (const [from, to] of zoomed) {
    assert.deepEqual([from, to], zoomed[0]);
    assert.ok(from > 4 && from < 6 && to > 9 && to < 11, `${from} to ${to}`);
  }
  await page.mouse.dblclick(box.left + box.width * 0.3, box.top + 60);
  for (const range of await ranges(page)) assert.deepEqual(range, [0, 20]);
  await page.locator('[data-zoom="in"]').click();
  for (const range of await ranges(page)) assert.deepEqual(range, [5, 15]);
  await page.close();
});

for (const [width, dark] of [
  [390, false],
  [390, true],
  [1280, true],
] as const) {
  test(`the page fits ${width} pixels, ${dark ? "dark" : "light"}`, {
    skip: skipWithoutChromium,
  }, async () => {
    const { page, complaints } = await openReport(
      path.join(folder, "report.html"),
      { width, height: 844 },
      dark,
    );
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
    const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    assert.equal(background, dark ? "rgb(20, 23, 27)" : "rgb(255, 255, 255)");
    assert.deepEqual(complaints, []);
    await page.close();
  });
}

test("names that look like markup are shown, not run", { skip: skipWithoutChromium }, async () => {
  const evil = `</script><script>window.owned = 1</script><img src=x onerror="window.owned = 2">`;
  const { client, target } = run.document;
  const block = target?.blocks[0];
  assert.ok(target !== null && block !== undefined);
  const document = {
    ...run.document,
    name: evil,
    client: { ...client, byName: client.byName.map((row) => ({ ...row, name: evil })) },
    target: { ...target, blocks: [{ ...block, function: evil, route: evil }] },
  };
  const timeline = await readRunTimeline(path.join(folder, "timeline.ndjson"));
  const file = path.join(folder, "evil.html");
  await writeFile(file, await renderReport("html", document, timeline, { baseFolder: "/srv/app" }));
  const { page, complaints } = await openReport(file);
  await page.evaluate("window.loopscope.openBlock(window.loopscope.data.blocks[0].id)");
  assert.equal(await page.evaluate("window.owned"), undefined);
  assert.equal(await page.locator("h1").textContent(), evil);
  assert.equal(await page.locator("#block-dialog h2").textContent(), evil);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the file names no other address and is under 300 KB for a short run", {
  skip: skipWithoutChromium,
}, async () => {
  const html = await readFile(path.join(folder, "report.html"), "utf8");
  assert.doesNotMatch(html, /(src|href)="https?:|@import|url\(http/);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'/);
  assert.ok(html.length < 300_000, `${html.length}`);
});
