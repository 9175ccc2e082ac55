/**
 * Does the engine's memory grow with the number of requests? One long run of a script with a check, every tenth
 * request to a URL of its own, against nginx, until so many requests are answered or so much time is over.
 * `npm run bench:memory [-- --requests 20000000 --seconds 840 --write]`
 * Reasons to doubt: one script; a script that keeps what it receives grows by itself.
 */

import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machineLine, markdownTable, median, writeDocumentSection } from "./document-section.js";
import { measureProcess } from "./measured-process.js";
import { startNginx } from "./nginx-server.js";

const VIRTUAL_USERS = 20;
const here = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "20000000" },
    seconds: { type: "string", default: "840" },
    write: { type: "boolean", default: false },
  },
});

interface Figures {
  readonly requests: { readonly completed: number; readonly failed: number };
  readonly seconds: number;
  readonly rssBytes: readonly number[];
}

const { requests, seconds, rssBytes } = await longRun();
const tenths = Array.from({ length: 10 }, (_unused, tenth) => {
  const size = rssBytes.length / 10;
  return median(rssBytes.slice(Math.floor(tenth * size), Math.floor((tenth + 1) * size))) / 2 ** 20;
});
const text = [
  `${machineLine()} ${requests.completed.toLocaleString("en")} requests, ${requests.failed} of them failed,`,
  `in ${seconds.toFixed(0)} s, ${VIRTUAL_USERS} VUs.`,
  "",
  markdownTable(
    ["tenth of the run", ...tenths.map((_unused, index) => String(index + 1))],
    [["resident MiB, median", ...tenths.map((mib) => mib.toFixed(0))]],
  ),
].join("\n");
process.stdout.write(`${text}\n`);
if (values.write) writeDocumentSection("bench:memory", text);

async function longRun(): Promise<Figures> {
  const nginx = await startNginx();
  try {
    const { stdout } = await measureProcess(process.execPath, [
      path.join(here, "run-embedded-script.js"),
      path.resolve(here, "../../test/fixtures/long-run.js"),
      JSON.stringify({ BASE: nginx.url }),
      JSON.stringify({
        vus: VIRTUAL_USERS,
        iterations: Number(values.requests),
        duration: `${values.seconds}s`,
      }),
    ]);
    return JSON.parse(stdout) as Figures;
  } finally {
    await nginx.stop();
  }
}
