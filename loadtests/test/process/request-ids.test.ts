/** Each request to a target with the agent has an id, by which its blocks name it. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { test } from "node:test";
import type { SlowRequest } from "../../src/engine/engine.js";
import type { RunDocument } from "../../src/report/run-document.js";
import { listenOnLoopback } from "./listen-on-loopback.js";
import { loopscope, workFolder } from "./loopscope-command.js";

/** Answers with the id that it was given, and keeps all in a file; one path in ten holds the loop. */
const TARGET = `
const http = require("node:http");
const fs = require("node:fs");
const { pbkdf2Sync } = require("node:crypto");
function hashPassword() { pbkdf2Sync("password", "salt", 200_000, 64, "sha512"); }
http.createServer((request, response) => {
  fs.appendFileSync("ids.txt", request.headers["x-request-id"] + "\\n");
  if (request.url === "/hash") hashPassword();
  response.end();
}).listen(0, "127.0.0.1");
`;

function script(lines: string, thresholds: string): string {
  return `
import http from "k6/http";
import exec from "k6/execution";
export const options = {
  scenarios: { even: { executor: "constant-arrival-rate", rate: 40, duration: "4s", preAllocatedVUs: 40 } },
  ${thresholds}
};
export default () => {
  const path = exec.scenario.iterationInTest % 10 === 0 ? "/hash" : "/quick";
  ${lines}
};
`;
}

async function run(
  t: { after(fn: () => void): void },
  lines: string,
  args: readonly string[] = [],
  thresholds = `thresholds: { response_time: ["p(95)<30"] },`,
) {
  const folder = workFolder(t);
  writeFileSync(path.join(folder, "target.cjs"), TARGET);
  writeFileSync(path.join(folder, "script.js"), script(lines, thresholds));
  const command = ["run", "script.js", ...args, "--out", "run", "--", process.execPath, "target.cjs"];
  const end = await loopscope(folder, command);
  assert.ok([0, 99].includes(end.code ?? -1), end.stderr);
  const ids = readFileSync(path.join(folder, "ids.txt"), "utf8").trimEnd().split("\n");
  const read = (name: string) => readFileSync(path.join(folder, "run", name), "utf8");
  const document = JSON.parse(read("run.json")) as RunDocument;
  const sampled = read("timeline.ndjson")
    .split("\n")
    .filter((line) => line.startsWith('{"type":"sampled"'))
    .map((line) => (JSON.parse(line) as { request: SlowRequest }).request);
  return { ids, document, sampled };
}

const GET = `http.get(__ENV.BASE_URL + path, { tags: { name: "one" } });`;

for (const threads of ["1", "2"]) {
  test(`every request has an id of its own (--threads ${threads}), and is kept with it`, async (t) => {
    const { ids, sampled } = await run(t, GET, ["--threads", threads]);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length >= 150, `${ids.length} requests`);
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-z]+$/);
    assert.ok(sampled.length > 0);
    for (const { id } of sampled) assert.ok(id !== undefined && ids.includes(id), id);
  });
}

test("a finding tells how many ran the blocking code themselves", async (t) => {
  const { ids, document } = await run(t, GET);
  const named = (document.target?.blocks ?? []).flatMap(({ requestId }) => requestId ?? []);
  assert.ok(named.length >= 5, `${named.length} blocks with a request`);
  for (const id of named) assert.ok(ids.includes(id), id);
  const finding = document.findings.find(({ location }) => location?.function === "hashPassword");
  const told = finding?.evidence.find((line) => line.startsWith("by their ids "));
  const percent = Number(/ (\d+) % /.exec(told ?? "")?.[1]);
  assert.ok(percent > 0 && percent < 100, `${finding?.evidence.join("; ")}`);
});

test("a finding tells when none of the slow requests ran the blocking code", async (t) => {
  const limits = `thresholds: { "http_req_duration{name:/quick}": ["p(95)<30"], "http_req_duration{name:/hash}": ["p(95)<5000"] },`;
  const { document } = await run(t, `http.get(__ENV.BASE_URL + path, { tags: { name: path } });`, [], limits);
  const finding = document.findings.find(({ location }) => location?.function === "hashPassword");
  assert.ok(
    finding?.evidence.includes(
      "by their ids none of these requests ran it: all waited behind others that did",
    ),
    JSON.stringify(document.findings),
  );
});

test("the script's own id goes out as it is, and is the one that blocks name", async (t) => {
  const own = `http.get(__ENV.BASE_URL + path, { headers: { "x-request-id": "mine-" + exec.scenario.iterationInTest } });`;
  const { ids, document, sampled } = await run(t, own);
  for (const id of ids) assert.match(id, /^mine-\d+$/);
  assert.ok(sampled.some(({ id }) => id?.startsWith("mine-")));
  assert.ok(document.target?.blocks.some(({ requestId }) => requestId?.startsWith("mine-")));
});

test("nobody but the target is given ids", async (t) => {
  const given: unknown[] = [];
  const other = createServer((request, response) => {
    given.push(request.headers["x-request-id"]);
    response.end();
  });
  const url = await listenOnLoopback(t, other);
  await run(t, `${GET} http.get("${url}/");`);
  assert.ok(given.length >= 150);
  assert.ok(given.every((id) => id === undefined));
});
