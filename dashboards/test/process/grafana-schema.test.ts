/** The generated JSON against Grafana's own types, by the compiler: a key that Grafana does not know is an error. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { generatedFiles } from "../../src/generated-files.js";
import { REPOSITORY_ROOT, readFromRepository } from "../repository-root.js";

/** Within the package, so that Grafana's types are found. */
const FOLDER = join(REPOSITORY_ROOT, "dashboards/build/grafana-schema");
const COMPILER = join(REPOSITORY_ROOT, "node_modules/typescript/bin/tsc");

const dashboards = generatedFiles().filter((file) => /grafana\/dashboards\/.+\.json$/.test(file.path));

/** What the compiler says of the JSON as a value of the type. */
function complaints(name: string, json: string): string {
  const file = `${name}.ts`;
  writeFileSync(
    join(FOLDER, file),
    `import type { GrafanaDashboard } from "../../test/grafana-schema.ts";\nexport const dashboard: GrafanaDashboard = ${json};\n`,
  );
  const options = {
    extends: "../../tsconfig.json",
    compilerOptions: {
      noEmit: true,
      composite: false,
      rootDir: "../..",
      allowImportingTsExtensions: true,
      exactOptionalPropertyTypes: false,
    },
    files: [file],
    references: [],
  };
  writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify(options));
  const run = spawnSync(process.execPath, [COMPILER, "-p", FOLDER], { encoding: "utf8" });
  return run.status === 0 ? "" : `${run.stdout}${run.stderr}`;
}

describe("Grafana's schema", () => {
  before(() => mkdirSync(FOLDER, { recursive: true }));
  after(() => rmSync(FOLDER, { recursive: true, force: true }));

  for (const { path, content } of dashboards) {
    test(`${path} is what Grafana's types say`, () => {
      assert.equal(complaints("dashboard", content), "");
    });
  }

  const [first] = dashboards;
  for (const [what, from, to] of [
    ["a key that no panel has", '"fillOpacity"', '"fillOpacitty"'],
    ["a value that an enum lacks", '"colorMode": "value"', '"colorMode": "values"'],
    ["a panel type that there is not", '"type": "timeseries"', '"type": "timeserie"'],
    ["a text where a number belongs", '"schemaVersion": 42', '"schemaVersion": "42"'],
  ] as const) {
    test(`${what} is found`, () => {
      const spoilt = (first?.content ?? "").replace(from, to);
      assert.notEqual(spoilt, first?.content);
      assert.match(complaints("spoilt", spoilt), /error TS/);
    });
  }

  test("they are the types of the Grafana that the stack runs", () => {
    const { version } = JSON.parse(readFromRepository("node_modules/@grafana/schema/package.json")) as {
      version: string;
    };
    const compose = parse(readFromRepository("docker-compose.yml")) as {
      services: { grafana: { image: string } };
    };
    assert.equal(compose.services.grafana.image, `grafana/grafana:${version}`);
  });
});
