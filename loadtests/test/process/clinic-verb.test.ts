/** Clinic.js is large and not everybody's: these run it for real where it is installed, and say so where not. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const LOOPSCOPE = fileURLToPath(new URL("../../../bin/loopscope.js", import.meta.url));
const SCRIPT = `
import http from "k6/http";
export const options = { vus: 1, duration: "2s" };
export default function () { http.get(__ENV.BASE_URL); }
`;
const SERVICE = `require("node:http").createServer((request, response) => response.end("ok")).listen(0, "127.0.0.1");`;

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve("clinic/package.json");
    return true;
  } catch {
    return false;
  }
}

async function clinic(args: readonly string[]): Promise<{ code: number; output: string; folder: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-clinic-"));
  await writeFile(path.join(folder, "load.js"), SCRIPT);
  await writeFile(path.join(folder, "service.cjs"), SERVICE);
  const child = spawn(process.execPath, [LOOPSCOPE, "clinic", ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  const [code] = (await once(child, "close")) as [number];
  return { code, output, folder };
}

test("a tool that Clinic has not got is refused with those that it has", async () => {
  const { code, output, folder } = await clinic(["surgeon", "load.js", "--", "node", "service.cjs"]);
  assert.equal(code, 104);
  assert.match(output, /one of doctor, flame, heapprofiler, bubbleprof, got "surgeon"/);
  await rm(folder, { recursive: true });
});

test("without a command there is nothing to examine", async () => {
  const { code, output, folder } = await clinic(["doctor", "load.js"]);
  assert.equal(code, 104);
  assert.match(output, /needs the target's command after `--`/);
  await rm(folder, { recursive: true });
});

if (!isInstalled()) {
  test("where Clinic is not installed, the message says how to install it", async () => {
    const { code, output, folder } = await clinic(["doctor", "load.js", "--", "node", "service.cjs"]);
    assert.equal(code, 104);
    assert.match(output, /npm install --save-dev clinic/);
    await rm(folder, { recursive: true });
  });
}

for (const tool of ["doctor", "heapprofiler"]) {
  test(`clinic ${tool} leaves its page in the run's folder, and the report links to it`, {
    skip: isInstalled() ? false : "Clinic is not installed here",
  }, async () => {
    const { code, output, folder } = await clinic([
      tool,
      "load.js",
      "--out",
      "out",
      "--",
      "node",
      "service.cjs",
    ]);
    assert.equal(code, 0, output);
    const pages = (await readdir(path.join(folder, "out", "clinic"))).filter((name) =>
      name.endsWith(".html"),
    );
    assert.equal(pages.length, 1, output);
    const report = await readFile(path.join(folder, "out", "report.html"), "utf8");
    assert.ok(report.includes(`href="clinic/${pages[0]}"`));
    await rm(folder, { recursive: true });
  });
}
