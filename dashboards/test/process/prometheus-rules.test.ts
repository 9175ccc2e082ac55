/** The rules by Prometheus' own tools: parsed, and each alert seen to fire and to stay silent. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse, stringify } from "yaml";
import { ALL_DASHBOARDS } from "../../src/boards/all-dashboards.js";
import { ALERTING_RULES } from "../../src/rules/alerting-rules.js";
import { promtoolProgram, WITHOUT_PROMTOOL } from "../prometheus-access.js";
import { REPOSITORY_ROOT, readFromRepository } from "../repository-root.js";

const RULES = join(REPOSITORY_ROOT, "dashboards/prometheus/rules");
const RULE_TESTS = join(REPOSITORY_ROOT, "dashboards/prometheus/rule-tests");
const ruleTestFiles = readdirSync(RULE_TESTS).filter((name) => name.endsWith(".yml"));

interface ExpressionTest {
  readonly expr: string;
  readonly exp_samples: readonly { readonly labels: string }[];
}
interface RuleTestFile {
  readonly tests: readonly { readonly promql_expr_test: readonly ExpressionTest[] }[];
}

function promtool(...commandArguments: readonly string[]): string {
  const run = spawnSync(promtoolProgram ?? "", commandArguments, { encoding: "utf8" });
  assert.equal(run.status, 0, `promtool ${commandArguments.join(" ")}\n${run.stdout}${run.stderr}`);
  return run.stdout;
}

describe("rules by promtool", { skip: WITHOUT_PROMTOOL }, () => {
  test("the rule files are valid", () => {
    for (const name of readdirSync(RULES)) promtool("check", "rules", join(RULES, name));
  });

  for (const name of ruleTestFiles) {
    test(`${name}: every case turns out as expected`, () => {
      promtool("test", "rules", join(RULE_TESTS, name));
    });
  }

  test("the configuration of the stack is valid", () => {
    const folder = mkdtempSync(join(tmpdir(), "loopscope-config-"));
    try {
      const path = join(folder, "prometheus.yml");
      writeFileSync(
        path,
        stringify(knownToThisPromtool(parse(readFromRepository("dashboards/prometheus/prometheus.yml")))),
      );
      promtool("check", "config", "--syntax-only", path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("the alert on blocking says who blocks, where, in which route and how much", () => {
    const folder = mkdtempSync(join(tmpdir(), "loopscope-alert-"));
    try {
      const path = join(folder, "test.yml");
      writeFileSync(path, stringify(blockingAlertTest()));
      promtool("test", "rules", path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Prometheus 2 lacks some keys of Prometheus 3; a promtool of version 2 looks at the rest. */
function knownToThisPromtool(configuration: {
  global: Record<string, unknown>;
  otlp?: unknown;
}): Record<string, unknown> {
  const said = execFileSync(promtoolProgram ?? "", ["--version"], { encoding: "utf8" });
  if (!/version 2\./.test(said)) return configuration;
  const { otlp: _otlp, ...rest } = configuration;
  const {
    scrape_native_histograms: _native,
    always_scrape_classic_histograms: _classic,
    ...global
  } = rest.global;
  return { ...rest, global };
}

function blockingAlertTest(): object {
  const rule = ALERTING_RULES.find((one) => one.alert === "LoopscopeEventLoopBlocked");
  assert.ok(rule !== undefined);
  const labels = {
    job: "users",
    service_name: "users",
    cause: "sync-crypto",
    function: "hashPassword",
    file: "/app/password.ts",
    line: "42",
    http_route: "/users",
  };
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return {
    rule_files: readdirSync(RULES).map((name) => join(RULES, name)),
    evaluation_interval: "15s",
    tests: [
      {
        interval: "15s",
        input_series: [
          {
            series: `loopscope_eventloop_blocked_seconds_total{instance="a:9464",${pairs.join(",")}}`,
            values: "0+1.6x60",
          },
        ],
        alert_rule_test: [
          {
            eval_time: "8m",
            alertname: rule.alert,
            exp_alerts: [
              {
                exp_labels: { severity: rule.severity, ...labels },
                exp_annotations: {
                  summary:
                    "hashPassword (/app/password.ts:42) blocks the event loop of users for 10.67% of the time, in /users",
                  description: rule.runbook.replaceAll("{{ $labels.cause }}", labels.cause),
                  dashboard: `/d/${rule.dashboard}`,
                },
              },
            ],
          },
        ],
      },
    ],
  };
}

const expressionTests = ruleTestFiles
  .map((name) => parse(readFromRepository(`dashboards/prometheus/rule-tests/${name}`)) as RuleTestFile)
  .flatMap((file) => file.tests.flatMap((one) => one.promql_expr_test));

/** Whether an expression asks for the alert: by its name, or by a pattern of names. */
function asksFor(expression: string, alert: string): boolean {
  const [, operator, pattern = ""] = /alertname(=~?)"([^"]+)"/.exec(expression) ?? [];
  return operator === "=" ? pattern === alert : new RegExp(`^(?:${pattern})$`).test(alert) && pattern !== "";
}

for (const { alert, dashboard, runbook, summary } of ALERTING_RULES) {
  test(`${alert} has a case in which it fires and one in which it does not`, () => {
    const asked = expressionTests.filter((one) => asksFor(one.expr, alert));
    const fires = (one: ExpressionTest) =>
      one.exp_samples.some((sample) => sample.labels.includes(`"${alert}"`) || sample.labels === "{}");
    assert.ok(asked.some(fires), "no case in which it fires");
    const silent = asked.some((one) => one.exp_samples.length === 0);
    assert.ok(silent, "no case in which it stays silent");
  });

  test(`${alert} says what to do, in a text of its own, and where to look`, () => {
    assert.ok(runbook.length > 100);
    assert.ok(summary.length < 250);
    assert.ok(ALL_DASHBOARDS.some((one) => one.uid === dashboard));
  });
}
