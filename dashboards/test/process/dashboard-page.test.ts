/** The page of `npm run stack`, as a reader meets it: each dashboard in headless Chromium, over a real Prometheus. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { ALL_DASHBOARDS } from "../../src/boards/all-dashboards.js";
import { HTTP_RULES } from "../../src/rules/http-recording-rules.js";
import { type DashboardServer, startDashboardServer } from "../../src/stack/dashboard-server.js";
import { type RunningPrometheus, startPrometheus } from "../../src/stack/prometheus-process.js";
import { HASTENED_INTERVAL_SECONDS, hastenedRecordingRules } from "../hastened-rules.js";
import { instantQuery, prometheusProgram, WITHOUT_PROMETHEUS } from "../prometheus-access.js";
import { type ScrapeTargets, startScrapeTargets } from "../scrape-targets.js";

const CHROMIUM = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
const WITHOUT_CHROMIUM = existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM}: no page was opened`;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"];

const PATIENCE_MS = 40_000;

/** Everything that the agent exports is there, but no alert: their rules are not loaded. */
const EMPTY = new Set(["Firing alerts"]);

describe("the dashboards without Grafana", { skip: WITHOUT_PROMETHEUS || WITHOUT_CHROMIUM }, () => {
  const folder = mkdtempSync(join(tmpdir(), "loopscope-page-"));
  const complaints: string[] = [];
  let targets: ScrapeTargets;
  let prometheus: RunningPrometheus;
  let server: DashboardServer;
  let browser: Browser;
  let page: Page;

  before(async () => {
    targets = await startScrapeTargets(3, {
      routes: 4,
      statuses: ["200", "301", "404", "500"],
      sites: 5,
      loadRun: true,
    });
    writeFileSync(join(folder, "recording.yml"), hastenedRecordingRules());
    prometheus = await startPrometheus({
      program: prometheusProgram ?? "",
      port: 0,
      folder,
      services: [{ name: "shop", agents: targets.addresses }],
      scrapeSeconds: HASTENED_INTERVAL_SECONDS,
      ruleFiles: [join(folder, "recording.yml")],
    });
    server = await startDashboardServer({
      prometheusUrl: prometheus.url,
      scrapeSeconds: HASTENED_INTERVAL_SECONDS,
    });
    await waitForSeries(HTTP_RULES.latencyBurn3d.record);
    await waitForSeries(`${HTTP_RULES.routeErrors.record} > 0`);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(server.url)) complaints.push(`asked for ${request.url()}`);
    });
  });

  after(async () => {
    await browser?.close();
    server?.close();
    prometheus?.process.kill("SIGKILL");
    targets?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function waitForSeries(query: string): Promise<void> {
    for (let attempt = 0; attempt < 240; attempt++) {
      if ((await instantQuery(prometheus.url, query)).length > 0) return;
      await pause(250);
    }
    assert.fail(`no data: ${query}`);
  }

  async function open(uid: string): Promise<void> {
    await page.goto(`${server.url}/#${uid}`);
    await page.waitForFunction(`document.getElementById("grid").dataset.shown === "${uid}"`);
  }

  /** By the panels' titles: `drawn`, `empty` or `failed`. */
  async function states(): Promise<readonly (readonly [string, string])[]> {
    const sections = await page.locator("section:not(.row)").all();
    return Promise.all(
      sections.map(
        async (section): Promise<readonly [string, string]> => [
          await section.locator("h3").innerText(),
          (await section.locator(".body").getAttribute("data-state")) ?? "",
        ],
      ),
    );
  }

  for (const { uid, title, rows } of ALL_DASHBOARDS) {
    test(`${title}: every panel is drawn, or says why it is empty`, async () => {
      await open(uid);
      assert.equal(await page.textContent("h1"), title);
      const expected = rows
        .flatMap((row) => row.panels)
        .map((panel): [string, string] => [panel.title, EMPTY.has(panel.title) ? "empty" : "drawn"]);
      // It asks again by itself, and what is a rate takes some scrapes.
      const drawn = expected.filter(([, state]) => state === "drawn").length;
      const all = `document.querySelectorAll('.body[data-state="drawn"]').length === ${drawn}`;
      await page.waitForFunction(all, undefined, { timeout: PATIENCE_MS }).catch(() => {});
      assert.deepEqual(await states(), expected);
      assert.deepEqual(complaints, []);
    });
  }

  test("a graph has a line for each series, with its name and latest value", async () => {
    await open("loopscope-service-overview");
    const panel = page.locator("section", { hasText: "Exact p95 by route" });
    assert.equal(await panel.locator("canvas").count(), 1);
    const legend = await panel.locator(".u-legend").innerText();
    for (let route = 0; route < 4; route++) assert.match(legend, new RegExp(`/route-${route}/:id`));
    assert.match(legend, /\d ms/);
  });

  test("the table of who blocked has Grafana's columns in Grafana's order", async () => {
    await open("loopscope-event-loop");
    const table = page.locator("section", { hasText: "Who blocked" }).locator("table");
    assert.deepEqual(await table.locator("th").allInnerTexts(), [
      "Function",
      "File",
      "Line",
      "Route",
      "Cause",
      "Blocked",
    ]);
    const functions = await table.locator("tbody tr td:first-child").allInnerTexts();
    assert.deepEqual([...functions].sort(), ["work0", "work1", "work2", "work3", "work4"]);
  });

  test("the server passes queries on, and nothing else", async () => {
    const status = async (path: string, method: string) =>
      (await fetch(`${server.url}${path}`, { method })).status;
    assert.equal(await status("/api/v1/admin/tsdb/snapshot", "POST"), 404);
    assert.equal(await status("/api/v1/query?query=up", "GET"), 404);
    assert.equal(await status("/../package.json", "GET"), 404);
  });

  test("without Prometheus each panel says so", async () => {
    const alone = await startDashboardServer({ prometheusUrl: "http://127.0.0.1:1", scrapeSeconds: 5 });
    try {
      const lonely = await browser.newPage();
      await lonely.goto(`${alone.url}/#loopscope-fleet`);
      const failed = lonely.locator('.body[data-state="failed"]');
      await failed.first().waitFor();
      assert.match(await failed.first().innerText(), /Prometheus at 127\.0\.0\.1:1 did not answer/);
      await lonely.close();
    } finally {
      alone.close();
    }
  });
});
