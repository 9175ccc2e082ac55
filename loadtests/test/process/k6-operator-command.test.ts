import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { fixture, loopscope, workFolder } from "./loopscope-command.js";

const K6 = process.env.K6_BIN ?? "k6";
const isInstalled = spawnSync(K6, ["version"]).status === 0;

interface Manifest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data: Readonly<Record<string, string>>;
  readonly spec: {
    readonly parallelism: number;
    readonly script: { readonly configMap: { readonly name: string; readonly file: string } };
    readonly args: readonly string[];
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

test("real k6 accepts the bundled script, of which thresholds on the target are left out", {
  skip: isInstalled ? false : "the k6 binary is not installed (K6_BIN)",
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
