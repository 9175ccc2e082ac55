/**
 * The rules of Grafana's dashboard-linter, and some of our own, on every dashboard as Grafana gets it. The
 * linter itself is a Go program that not every module proxy has; where one does, .ci/run runs it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_DASHBOARDS } from "../../src/boards/all-dashboards.js";
import { COLOURS } from "../../src/panels/colours.js";
import { readFromRepository } from "../repository-root.js";

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly uid: string };
}
interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig: { readonly defaults: { readonly unit?: string; readonly noValue?: string } };
  readonly targets?: readonly Target[];
}
interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly query: string | { readonly query: string };
  readonly datasource?: { readonly uid: string };
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
}
interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly tags: readonly string[];
  readonly panels: readonly PanelJson[];
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly links: readonly { readonly tags: readonly string[] }[];
}

/** Recorded by route, by place, by queue or by destination, so without an instance; pushed by load runs. */
const WITHOUT_INSTANCE =
  /^(service|route|site|cause|kind|queue|pool|database|destination):|^ALERTS|^k6_|^vector\(/;

const dashboards = ALL_DASHBOARDS.map((specification): DashboardJson => {
  const name = specification.uid.replace("loopscope-", "");
  return JSON.parse(readFromRepository(`dashboards/grafana/dashboards/${name}.json`)) as DashboardJson;
});

function panelsOf(dashboard: DashboardJson): readonly PanelJson[] {
  return dashboard.panels.filter((panel) => panel.type !== "row");
}

function selectorsOf(expression: string): readonly string[] {
  return expression.match(/[a-zA-Z_:][\w:]*(?=\{)(\{[^}]*\})/g) ?? [];
}

test("every dashboard has a stable identifier of its own and cannot be edited in Grafana", () => {
  assert.deepEqual(
    dashboards.map((dashboard) => dashboard.uid),
    [
      "loopscope-service-overview",
      "loopscope-event-loop",
      "loopscope-memory",
      "loopscope-work",
      "loopscope-load-run",
      "loopscope-fleet",
    ],
  );
  for (const dashboard of dashboards) assert.equal(dashboard.editable, false, dashboard.title);
});

for (const dashboard of dashboards) {
  test(`${dashboard.title}: the variables are those that the linter expects`, () => {
    const byName = new Map(dashboard.templating.list.map((variable) => [variable.name, variable]));
    const datasource = byName.get("datasource");
    assert.equal(datasource?.type, "datasource");
    assert.equal(datasource?.label, "Data Source");
    assert.equal(datasource?.query, "prometheus");
    for (const [name, label] of [
      ["job", "Job"],
      ["instance", "Instance"],
    ] as const) {
      const variable = byName.get(name);
      assert.equal(variable?.label, label);
      assert.equal(variable?.allValue, ".+");
    }
    for (const variable of dashboard.templating.list.filter((entry) => entry.type === "query")) {
      assert.equal(variable.datasource?.uid, "$datasource", variable.name);
      assert.ok(variable.multi && variable.includeAll, variable.name);
      assert.equal(variable.refresh, 2, `${variable.name} must be read again when the time range changes`);
    }
  });

  test(`${dashboard.title}: every panel says what it answers, in which unit, and why it may be empty`, () => {
    for (const panel of panelsOf(dashboard)) {
      assert.equal(panel.datasource?.uid, "$datasource", panel.title);
      assert.ok((panel.description?.length ?? 0) > 30, `${panel.title} has no description`);
      assert.match(panel.description ?? "", /\?/, `${panel.title} asks no question`);
      assert.notEqual(panel.fieldConfig.defaults.unit ?? "", "", `${panel.title} has no unit`);
      assert.ok(
        (panel.fieldConfig.defaults.noValue?.length ?? 0) > 10,
        `${panel.title} does not explain no data`,
      );
      assert.ok((panel.targets?.length ?? 0) > 0, `${panel.title} has no query`);
    }
  });

  test(`${dashboard.title}: every query matches job and instance where its series have them`, () => {
    for (const panel of panelsOf(dashboard)) {
      for (const target of panel.targets ?? []) {
        const selectors = selectorsOf(target.expr);
        assert.ok(selectors.length > 0 || target.expr.startsWith("vector("), target.expr);
        for (const selector of selectors) {
          if (/^(k6|loopscope_threshold)_/.test(selector)) continue;
          assert.match(selector, /job=~"\$job"/, selector);
          if (!WITHOUT_INSTANCE.test(selector)) assert.match(selector, /instance=~"\$instance"/, selector);
        }
      }
    }
  });

  test(`${dashboard.title}: counters are read as rates over an interval that fits the scrapes`, () => {
    for (const panel of panelsOf(dashboard)) {
      for (const { expr } of panel.targets ?? []) {
        for (const [, operation, range] of expr.matchAll(/(rate|increase)\([^[]*\[([^\]]+)\]/g)) {
          assert.equal(range, "$__rate_interval", `${panel.title}: ${operation}`);
        }
        assert.doesNotMatch(expr, /irate\(/);
      }
    }
  });

  test(`${dashboard.title}: panels do not overlap and fill the width of each line`, () => {
    const cells = new Map<string, string>();
    for (const panel of dashboard.panels) {
      assert.ok(panel.gridPos.x + panel.gridPos.w <= 24, panel.title);
      for (let x = panel.gridPos.x; x < panel.gridPos.x + panel.gridPos.w; x++) {
        for (let y = panel.gridPos.y; y < panel.gridPos.y + panel.gridPos.h; y++) {
          const cell = `${x},${y}`;
          assert.equal(cells.get(cell), undefined, `${panel.title} lies on ${cells.get(cell)}`);
          cells.set(cell, panel.title);
        }
      }
    }
    const lines = 1 + Math.max(...[...cells.keys()].map((cell) => Number(cell.split(",")[1])));
    assert.equal(cells.size, 24 * lines, "there is a hole");
    assert.equal(new Set(dashboard.panels.map((panel) => panel.id)).size, dashboard.panels.length);
  });

  test(`${dashboard.title}: it leads to the other dashboards`, () => {
    assert.ok(dashboard.tags.includes("loopscope"));
    assert.ok(dashboard.links.some((link) => link.tags.includes("loopscope")));
    const uids = new Set(dashboards.map((other) => other.uid));
    for (const [, uid] of JSON.stringify(dashboard).matchAll(/"\/d\/([\w-]+)"/g)) {
      assert.ok(uid !== undefined && uids.has(uid), `a link leads nowhere: ${uid}`);
    }
  });

  test(`${dashboard.title}: every colour is of the palette that colour-blind people can tell apart`, () => {
    const allowed = new Set<string>(Object.values(COLOURS));
    for (const [colour] of JSON.stringify(dashboard).matchAll(/#[0-9a-fA-F]{6}\b/g)) {
      assert.ok(allowed.has(colour), colour);
    }
    assert.doesNotMatch(JSON.stringify(dashboard), /"(red|green|semi-dark-\w+)"|palette-classic/);
  });
}
