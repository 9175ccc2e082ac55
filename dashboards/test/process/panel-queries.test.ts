/** Every query of every panel, executed on a real Prometheus that scraped everything that the agent can export. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ALL_DASHBOARDS } from "../../src/boards/all-dashboards.js";
import { ALERTING_RULES } from "../../src/rules/alerting-rules.js";
import { HTTP_RULES } from "../../src/rules/http-recording-rules.js";
import { RECORDING_RULE_GROUPS } from "../../src/rules/recording-rule-groups.js";
import { alertingRuleFile, recordingRuleFile } from "../../src/rules/rule-file.js";
import { RULE_INTERVAL_SECONDS } from "../../src/rules/rule-scope.js";
import { type RunningPrometheus, startPrometheus } from "../../src/stack/prometheus-process.js";
import { instantQuery, prometheusProgram, WITHOUT_PROMETHEUS, withAllChosen } from "../prometheus-access.js";
import { type ScrapeTargets, startScrapeTargets } from "../scrape-targets.js";
import { shownName } from "../shown-series.js";

const INSTANCES = 3;
const DEADLINE_ATTEMPTS = 240;

describe("panel queries", { skip: WITHOUT_PROMETHEUS }, () => {
  const folder = mkdtempSync(join(tmpdir(), "loopscope-panels-"));
  let targets: ScrapeTargets;
  let prometheus: RunningPrometheus;

  before(async () => {
    targets = await startScrapeTargets(INSTANCES, {
      routes: 4,
      statuses: ["200", "301", "404", "500"],
      sites: 5,
      loadRun: true,
    });
    // The rules as they are, evaluated each second: the test shall not take minutes.
    const rules = recordingRuleFile(RECORDING_RULE_GROUPS).replaceAll(
      `interval: ${RULE_INTERVAL_SECONDS}s`,
      "interval: 1s",
    );
    writeFileSync(join(folder, "recording.yml"), rules);
    const alerts = alertingRuleFile(ALERTING_RULES).replaceAll("interval: 30s", "interval: 1s");
    writeFileSync(join(folder, "alerts.yml"), alerts);
    prometheus = await startPrometheus({
      program: prometheusProgram ?? "",
      port: 0,
      folder,
      services: [{ name: "shop", agents: targets.addresses }],
      scrapeSeconds: 1,
      ruleFiles: [join(folder, "recording.yml"), join(folder, "alerts.yml")],
    });
    // Last in its group, so all the others have been evaluated when it has something.
    await waitForSeries(HTTP_RULES.latencyBurn3d.record);
    await waitForSeries(`${HTTP_RULES.routeErrors.record} > 0`);
  });

  after(() => {
    prometheus.process.kill("SIGKILL");
    targets.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function waitForSeries(query: string): Promise<void> {
    for (let attempt = 0; attempt < DEADLINE_ATTEMPTS; attempt++) {
      if ((await instantQuery(prometheus.url, query)).length > 0) return;
      await pause(250);
    }
    assert.fail(`no data: ${query}`);
  }

  for (const dashboard of ALL_DASHBOARDS) {
    for (const panel of dashboard.rows.flatMap((row) => row.panels)) {
      test(`${dashboard.title}: "${panel.title}" shows something`, async () => {
        for (const query of panel.queries) {
          const expression = withAllChosen(query.vector.promql, 20, 300);
          if (query.conditional === undefined) await waitForSeries(expression);
          const series = await instantQuery(prometheus.url, expression);
          const legends = series.map((one) => shownName(panel, query, one.metric));
          assert.equal(
            new Set(legends).size,
            legends.length,
            `two series look the same: ${legends.join(", ")}`,
          );
        }
      });
    }
  }
});
