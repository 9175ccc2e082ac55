/**
 * How many series does each panel touch, and how long do a dashboard's queries take over six hours, with
 * 50 instances of a service of 200 routes? On a real Prometheus: `node
 * dashboards/build/benchmarks/query-cost.js`.
 *
 * First the instances are scraped, the series behind each panel's selectors counted, and the time read that each
 * group of rules takes, of the 15 s between two evaluations. Then those series
 * are filled in for six hours (one sample a minute: a Prometheus that scrapes every 15 s reads four times
 * as many), and every query of a dashboard runs one after the other, as a browser's would side by side.
 */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ALL_DASHBOARDS } from "../src/boards/all-dashboards.js";
import type { DashboardSpecification, PanelSpecification } from "../src/panels/panel-specification.js";
import { HTTP_RULES } from "../src/rules/http-recording-rules.js";
import { startPrometheus } from "../src/stack/prometheus-process.js";
import {
  instantQuery,
  prometheusProgram,
  promtoolProgram,
  rangeQuery,
  withAllChosen,
} from "../test/prometheus-access.js";
import { startScrapeTargets } from "../test/scrape-targets.js";

const INSTANCES = 50;
const ROUTES = 200;
const SITES = 100;
const HOURS = 6;
const SAMPLE_SECONDS = 60;
const MOST_SERIES = 2000;
const MOST_SECONDS = 2;
/** Rules that take less are not told apart. */
const NOTABLE_RULE_SECONDS = 0.2;

interface SampledSeries {
  readonly text: string;
  readonly counts: boolean;
}

async function main(): Promise<void> {
  if (prometheusProgram === null || promtoolProgram === null) throw new Error("Prometheus is not installed");
  const folder = mkdtempSync(join(tmpdir(), "loopscope-query-cost-"));
  try {
    const touched = await countSeries(prometheusProgram, folder);
    await timeQueries(prometheusProgram, promtoolProgram, folder, touched);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints each dashboard's costliest panel. @returns every series that some panel touches. */
async function countSeries(program: string, folder: string): Promise<readonly SampledSeries[]> {
  const targets = await startScrapeTargets(INSTANCES, {
    routes: ROUTES,
    statuses: ["200", "500"],
    sites: SITES,
    loadRun: false,
  });
  const prometheus = await startPrometheus({
    program,
    port: 0,
    folder,
    services: [{ name: "shop", agents: targets.addresses }],
    scrapeSeconds: 15,
  });
  try {
    await waitFor(prometheus.url, HTTP_RULES.latencyBurn3d.record);
    await waitFor(prometheus.url, `count(up == 1) == ${INSTANCES}`);
    await pause(45_000);
    const [all] = await instantQuery(prometheus.url, 'count({__name__!=""})');
    console.log(`${INSTANCES} instances, ${ROUTES} routes: ${all?.value?.[1]} series in all\n`);
    await printRuleTimes(prometheus.url);
    const series = new Map<string, SampledSeries>();
    for (const dashboard of ALL_DASHBOARDS) await countDashboard(prometheus.url, dashboard, series);
    return [...series.values()];
  } finally {
    prometheus.process.kill("SIGKILL");
    targets.close();
  }
}

async function printRuleTimes(url: string): Promise<void> {
  const body = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
    data: {
      groups: {
        name: string;
        evaluationTime: number;
        rules: { name: string; evaluationTime: number }[];
      }[];
    };
  };
  for (const { name, evaluationTime, rules } of body.data.groups) {
    console.log(`${name.padEnd(32)} evaluated in ${evaluationTime.toFixed(2)} s`);
    for (const rule of rules.filter((one) => one.evaluationTime >= NOTABLE_RULE_SECONDS)) {
      console.log(`  ${rule.evaluationTime.toFixed(2)} s ${rule.name}`);
    }
  }
  console.log();
}

async function countDashboard(
  url: string,
  dashboard: DashboardSpecification,
  seen: Map<string, SampledSeries>,
): Promise<void> {
  let worst = { title: "", count: 0 };
  for (const panel of dashboard.rows.flatMap((row) => row.panels)) {
    const touched = new Set<string>();
    for (const selector of new Set(panel.queries.flatMap((query) => query.vector.selectors))) {
      for (const { metric } of await instantQuery(url, withAllChosen(selector, 60, 300))) {
        const text = seriesText(metric);
        touched.add(text);
        seen.set(text, { text, counts: /_(total|count|sum|bucket)\{/.test(text) });
      }
    }
    if (touched.size > worst.count) worst = { title: panel.title, count: touched.size };
    if (touched.size > MOST_SERIES) {
      process.exitCode = 1;
      console.log(`OVER ${MOST_SERIES}: ${dashboard.title}, ${panel.title}: ${touched.size}`);
    }
  }
  console.log(`${dashboard.title.padEnd(32)} most series in a panel ${worst.count} (${worst.title})`);
}

function seriesText(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = "", ...labels } = metric;
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.sort().join(",")}}`;
}

async function timeQueries(
  program: string,
  promtool: string,
  folder: string,
  series: readonly SampledSeries[],
): Promise<void> {
  const file = join(folder, "filled.om");
  const endSeconds = Math.floor(Date.now() / 1000) - 60;
  const startSeconds = endSeconds - HOURS * 3600;
  writeSamples(file, series, startSeconds, endSeconds);
  const data = join(folder, "filled");
  execFileSync(promtool, ["tsdb", "create-blocks-from", "openmetrics", file, join(data, "data")], {
    stdio: "ignore",
  });
  mkdirSync(data, { recursive: true });
  const prometheus = await startPrometheus({
    program,
    port: 0,
    folder: data,
    services: [],
    scrapeSeconds: 15,
    ruleFiles: [],
  });
  try {
    console.log(`\n${series.length} series that panels touch, ${HOURS} h, a sample each ${SAMPLE_SECONDS} s`);
    for (const dashboard of ALL_DASHBOARDS) {
      const panels = dashboard.rows.flatMap((row) => row.panels);
      // The first round warms the page cache, as any open dashboard has it.
      await runQueries(prometheus.url, panels, startSeconds, endSeconds);
      const seconds = await runQueries(prometheus.url, panels, startSeconds, endSeconds);
      if (seconds > MOST_SECONDS) process.exitCode = 1;
      console.log(`${dashboard.title.padEnd(32)} ${panels.length} panels in ${seconds.toFixed(2)} s`);
    }
  } finally {
    prometheus.process.kill("SIGKILL");
  }
}

/** promtool wants each metric's samples together, and `# EOF` at the end. */
function writeSamples(
  file: string,
  series: readonly SampledSeries[],
  startSeconds: number,
  endSeconds: number,
): void {
  const handle = openSync(file, "w");
  for (const one of [...series].sort((a, b) => (a.text < b.text ? -1 : 1))) {
    const lines: string[] = [];
    for (let at = startSeconds; at <= endSeconds; at += SAMPLE_SECONDS) {
      lines.push(`${one.text} ${one.counts ? (at - startSeconds) * 0.5 : 0.1 + (at % 600) / 1000} ${at}`);
    }
    writeSync(handle, `${lines.join("\n")}\n`);
  }
  writeSync(handle, "# EOF\n");
  closeSync(handle);
}

async function runQueries(
  url: string,
  panels: readonly PanelSpecification[],
  startSeconds: number,
  endSeconds: number,
): Promise<number> {
  const began = performance.now();
  for (const panel of panels) {
    for (const query of panel.queries) {
      const expression = withAllChosen(query.vector.promql, 4 * SAMPLE_SECONDS, HOURS * 3600);
      if (panel.kind === "table" || panel.kind === "bargauge") await instantQuery(url, expression);
      // Grafana asks for about as many points as the panel has pixels.
      else await rangeQuery(url, expression, { startSeconds, endSeconds, stepSeconds: 30 });
    }
  }
  return (performance.now() - began) / 1000;
}

async function waitFor(url: string, query: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if ((await instantQuery(url, query)).length > 0) return;
    await pause(1000);
  }
  throw new Error(`no data: ${query}`);
}

await main();
