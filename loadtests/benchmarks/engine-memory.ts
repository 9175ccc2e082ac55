/**
 * Does the engine's memory grow with the number of requests? One long run of a one-request script with a check
 * against a server that answers at once. `npm run bench:memory [-- --seconds 240 --write]`
 * Reasons to doubt: one script; a script that keeps what it receives grows by itself.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machineLine, markdownTable, median, writeDocumentSection } from "./document-section.js";
import { measureProcess } from "./measured-process.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const fixtures = path.resolve(here, "../../test/fixtures");
const { values } = parseArgs({
  options: { seconds: { type: "string", default: "240" }, write: { type: "boolean", default: false } },
});

const server = spawn(process.execPath, [path.join(fixtures, "instant-server.mjs")], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [port] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
const { stdout } = await measureProcess(process.execPath, [
  path.join(here, "run-embedded-script.js"),
  path.join(fixtures, "one-request-per-iteration.js"),
  JSON.stringify({ BASE: `http://127.0.0.1:${port}`, EXPECT: "ok" }),
  JSON.stringify({ vus: 20, duration: `${values.seconds}s` }),
]);
server.kill("SIGKILL");
const figures = JSON.parse(stdout) as {
  readonly requests: { readonly completed: number };
  readonly rssBytes: readonly number[];
};
const tenths = Array.from({ length: 10 }, (_unused, tenth) => {
  const { rssBytes } = figures;
  const size = rssBytes.length / 10;
  return median(rssBytes.slice(Math.floor(tenth * size), Math.floor((tenth + 1) * size))) / 2 ** 20;
});
const text = [
  `${machineLine()} ${figures.requests.completed.toLocaleString("en")} requests in ${values.seconds} s, 20 VUs.`,
  "",
  markdownTable(
    ["tenth of the run", ...tenths.map((_unused, index) => String(index + 1))],
    [["resident MiB, median", ...tenths.map((mib) => mib.toFixed(0))]],
  ),
].join("\n");
process.stdout.write(`${text}\n`);
if (values.write) writeDocumentSection("bench:memory", text);
