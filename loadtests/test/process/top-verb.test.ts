import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort, startBlockingService } from "./blocking-service.js";

const LOOPSCOPE = fileURLToPath(new URL("../../../bin/loopscope.js", import.meta.url));

async function top(args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, [LOOPSCOPE, "top", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  const [code] = (await once(child, "close")) as [number];
  return { code, output };
}

test("top shows the event loop, the routes and the blocks with their function", async (context) => {
  const port = await freePort();
  await startBlockingService(context, port);
  const { code, output } = await top([`http://127.0.0.1:${port}`, "--once", "4"]);
  assert.equal(code, 0, output);
  assert.match(output, /event loop .* busy, delay p99/);
  assert.match(output, /GET \S+ +\d/);
  assert.match(output, /spinForAWhile/);
});

test("top finds the service again after it restarted", async (context) => {
  const port = await freePort();
  const first = await startBlockingService(context, port);
  const watching = top([`http://127.0.0.1:${port}`, "--once", "9"]);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  first.kill("SIGKILL");
  await once(first, "exit");
  const second = await startBlockingService(context, port);
  const { code, output } = await watching;
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`pid ${second.pid}\\b`));
  assert.match(output, /live/);
});

test("top says so, and fails, where no agent answers", async () => {
  const port = await freePort();
  const { code, output } = await top([`http://127.0.0.1:${port}`, "--once", "1"]);
  assert.equal(code, 120);
  assert.match(output, /not reached yet/);
});
