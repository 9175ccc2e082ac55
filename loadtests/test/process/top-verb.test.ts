import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const LOOPSCOPE = fileURLToPath(new URL("../../../bin/loopscope.js", import.meta.url));
const REGISTER = createRequire(import.meta.url).resolve("@loopscope/agent/register");
/** A service that blocks for 80 ms three times a second, and says where its agent listens. */
const SERVICE = `
const http = require("node:http");
function spinForAWhile() { const end = Date.now() + 80; while (Date.now() < end); }
const server = http.createServer((request, response) => { spinForAWhile(); response.end(); });
server.listen(0, "127.0.0.1", () => {
  setInterval(() => http.get({ port: server.address().port }, (answer) => answer.resume()), 330);
  console.log("ready");
});`;

const children: ChildProcess[] = [];

after(() => {
  for (const child of children) child.kill("SIGKILL");
});

async function startService(port: number): Promise<ChildProcess> {
  const environment = { ...process.env, LOOPSCOPE_PORT: String(port) };
  const child = spawn(process.execPath, ["--require", REGISTER, "-e", SERVICE], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function top(args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, [LOOPSCOPE, "top", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  const [code] = (await once(child, "close")) as [number];
  return { code, output };
}

test("top shows the event loop, the routes and the blocks with their function", async () => {
  const port = await freePort();
  await startService(port);
  const { code, output } = await top([`http://127.0.0.1:${port}`, "--once", "4"]);
  assert.equal(code, 0, output);
  assert.match(output, /event loop .* busy, delay p99/);
  assert.match(output, /GET \S+ +\d/);
  assert.match(output, /spinForAWhile/);
});

test("top finds the service again after it restarted", async () => {
  const port = await freePort();
  const first = await startService(port);
  const watching = top([`http://127.0.0.1:${port}`, "--once", "9"]);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  first.kill("SIGKILL");
  await once(first, "exit");
  const second = await startService(port);
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
