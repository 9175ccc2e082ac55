import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { K6, skipWithoutK6 } from "./installed-k6.js";
import { fixture, loopscope, workFolder } from "./loopscope-command.js";

interface Manifest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data: Readonly<Record<string, string>>;
  readonly spec: {
    readonly parallelism: number;
    readonly script: { readonly configMap: { readonly name: string; readonly file: string } };
    readonly args?: readonly string[];
    readonly arguments?: string;
    readonly runner: { readonly image: string; readonly env: readonly { name: string; value: string }[] };
  };
}

async function manifests(
  t: { after(fn: () => void): void },
  args: readonly string[],
): Promise<readonly Manifest[]> {
  const end = await loopscope(workFolder(t), ["k6-operator", ...args]);
  assert.equal(end.code, 0, end.stderr);
  return parseAllDocuments(end.stdout).map((document) => document.toJS() as Manifest);
}

test("the manifests name each other, and carry parallelism, variables and tags", async (t) => {
  const options = [
    "--name",
    "checkout",
    "--namespace",
    "load",
    "--parallelism",
    "8",
    "-e",
    "BASE_URL=http://shop",
  ];
  const [configMap, testRun] = await manifests(t, [...options, "--tag", "team=a b", fixture("healthy.ts")]);
  assert.deepEqual([configMap?.kind, testRun?.kind], ["ConfigMap", "TestRun"]);
  assert.equal(testRun?.apiVersion, "k6.io/v1alpha1");
  assert.deepEqual(testRun?.metadata, { name: "checkout", namespace: "load" });
  assert.deepEqual(configMap?.metadata, testRun?.metadata);
  assert.deepEqual(testRun?.spec.script.configMap, { name: "checkout", file: "test.js" });
  assert.equal(testRun?.spec.parallelism, 8);
  assert.deepEqual(testRun?.spec.args, ["--tag", "testid=checkout", "--tag", "team=a b"]);
  assert.deepEqual(testRun?.spec.runner.env, [{ name: "BASE_URL", value: "http://shop" }]);
  assert.ok((configMap?.data["test.js"] ?? "").includes("k6/http"));
});

test("tags that a shell would leave alone go where every operator looks for them", async (t) => {
  const [, testRun] = await manifests(t, ["--tag", "team=shop", "--name", "checkout", fixture("healthy.ts")]);
  assert.equal(testRun?.spec.arguments, "--tag testid=checkout --tag team=shop");
  assert.equal(testRun?.spec.args, undefined);
  for (const value of ["a b", "$(date)", "a;b", "a'b", 'a"b', "a*"]) {
    const [, quoted] = await manifests(t, ["--tag", `team=${value}`, fixture("healthy.ts")]);
    assert.deepEqual(quoted?.spec.args?.slice(2), ["--tag", `team=${value}`]);
    assert.equal(quoted?.spec.arguments, undefined);
  }
});

/** What a field may hold; `{}`: an object whose fields follow under its path. */
type Kind = "string" | "boolean" | "int32" | "strings" | "env" | "{}";

/** The part of the operator's CustomResourceDefinition (k6.io/v1alpha1, TestRun) that a run of ours may need. */
const TEST_RUN_FIELDS: Readonly<Record<string, Kind>> = {
  apiVersion: "string",
  kind: "string",
  metadata: "{}",
  "metadata.name": "string",
  "metadata.namespace": "string",
  spec: "{}",
  "spec.args": "strings",
  "spec.arguments": "string",
  "spec.cleanup": "string",
  "spec.parallelism": "int32",
  "spec.paused": "string",
  "spec.quiet": "string",
  "spec.runner": "{}",
  "spec.runner.env": "env",
  "spec.runner.image": "string",
  "spec.runner.serviceAccountName": "string",
  "spec.script": "{}",
  "spec.script.configMap": "{}",
  "spec.script.configMap.file": "string",
  "spec.script.configMap.name": "string",
  "spec.script.localFile": "string",
  "spec.separate": "boolean",
};
const REQUIRED = ["spec.parallelism", "spec.script", "spec.script.configMap.name"];

const HOLDS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  int32: (value) => Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31,
  strings: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
  env: (value) =>
    Array.isArray(value) &&
    value.every((one) => Object.keys(one).join() === "name,value" && typeof one.value === "string"),
  "{}": (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

test("every field of the TestRun is one of the operator's, of its type, and none it needs is missing", async (t) => {
  const variables = ["-e", "COUNT=5", "-e", "ON=true"];
  for (const options of [[], ["--namespace", "load"], ["--tag", "team=a b"], variables]) {
    const [, testRun] = await manifests(t, [...options, fixture("healthy.ts")]);
    const seen = new Set<string>();
    const visit = (value: object, prefix: string): void => {
      for (const [key, held] of Object.entries(value)) {
        const place = `${prefix}${key}`;
        const kind = TEST_RUN_FIELDS[place];
        assert.ok(kind !== undefined, `${place} is no field of a TestRun`);
        assert.ok(HOLDS[kind](held), `${place} must hold ${kind}, holds ${JSON.stringify(held)}`);
        seen.add(place);
        if (kind === "{}") visit(held as object, `${place}.`);
      }
    };
    visit(testRun ?? {}, "");
    for (const place of REQUIRED) assert.ok(seen.has(place), `${place} is missing`);
  }
});

test("real k6 accepts the bundled script, of which thresholds on the target are left out", {
  skip: skipWithoutK6,
}, async (t) => {
  const [configMap] = await manifests(t, [fixture("healthy.ts")]);
  const file = path.join(workFolder(t), "test.js");
  writeFileSync(file, configMap?.data["test.js"] ?? "");
  const { stdout, status, stderr } = spawnSync(K6, ["inspect", "--execution-requirements", file], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const { thresholds, scenarios } = JSON.parse(stdout) as Record<string, object>;
  assert.deepEqual(Object.keys(thresholds ?? {}).sort(), [
    "http_req_duration{name:front}",
    "http_req_failed",
  ]);
  assert.deepEqual(Object.keys(scenarios ?? {}), ["steady"]);
});

test("a script that cannot be bundled and a name that Kubernetes refuses exit 104", async (t) => {
  const broken = await loopscope(workFolder(t), ["k6-operator", fixture("does-not-parse.ts")]);
  assert.equal(broken.code, 104);
  assert.match(broken.stderr, /does-not-parse\.ts:\d+: /);
  const named = await loopscope(workFolder(t), ["k6-operator", "--name", "Check_out", fixture("healthy.ts")]);
  assert.match(named.stderr, /--name must be lower-case letters, digits and hyphens/);
});
