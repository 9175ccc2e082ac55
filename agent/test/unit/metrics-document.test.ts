import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { METRICS_DOCUMENT, METRICS_DOCUMENT_COMMAND, metricsDocument } from "../../scripts/metrics-document";
import { ALL_DEFINITIONS } from "../../src/export/definition-by-name";

test("docs/metrics.md is what the catalogue and the dashboards say", () => {
  const fresh = readFileSync(METRICS_DOCUMENT, "utf8") === metricsDocument();
  assert.ok(fresh, `docs/metrics.md is stale: run ${METRICS_DOCUMENT_COMMAND}`);
});

test("every metric of the catalogue is documented once", () => {
  const document = metricsDocument();
  for (const { name } of ALL_DEFINITIONS) assert.equal(document.split(`| \`${name}\` |`).length, 2, name);
});

test("names are unique, counters end in _total, and units stand last", () => {
  const names = ALL_DEFINITIONS.map((definition) => definition.name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, type, unit } of ALL_DEFINITIONS) {
    assert.equal(name.endsWith("_total"), type === "counter", name);
    if (unit === "none" || unit === "cores") continue;
    assert.match(name, new RegExp(`_${unit}(_total)?$`), name);
  }
});
