/** A service that blocks, with the agent inside, at a port that the test chooses. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";

const REGISTER = createRequire(import.meta.url).resolve("@loopscope/agent/register");

export interface BlockingServiceOptions {
  /** Of the function that blocks. */
  readonly functionName?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Blocks for 80 ms three times a second, in a request to itself. Killed when the test ends. */
export async function startBlockingService(
  t: { after(fn: () => void): void },
  agentPort: number,
  options: BlockingServiceOptions = {},
): Promise<ChildProcess> {
  const name = JSON.stringify(options.functionName ?? "spinForAWhile");
  const source = `
const http = require("node:http");
const work = { ${name}() { const end = Date.now() + 80; while (Date.now() < end); } };
const server = http.createServer((request, response) => { work[${name}](); response.end(); });
server.listen(0, "127.0.0.1", () => {
  setInterval(() => http.get({ port: server.address().port }, (answer) => answer.resume()), 330);
  console.log("ready");
});`;
  const child = spawn(process.execPath, ["--require", REGISTER, "-e", source], {
    env: { ...process.env, LOOPSCOPE_PORT: String(agentPort), ...options.environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
