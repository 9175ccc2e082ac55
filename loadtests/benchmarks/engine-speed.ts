/**
 * How many iterations of a one-request script does the embedded engine run for one second of CPU, beside k6,
 * Artillery and Locust, and beside wrk, which has no script? `npm run bench:load [-- --rounds 3 --seconds 4
 * --k6 <path> --artillery <path> --locust <path> --write]`
 * With `--tls`: what do TLS and HTTP/2 cost each of them, and what does Node's own HTTP/2 client cost alone?
 * Needs nginx; who is not there is left out. CPU is that of the whole process, start-up in it.
 * Reasons to doubt: server and generators share the machine; nginx is near its own limit in the fast rows, so
 * iterations a second are bounded by it and CPU per iteration is the fair column; one server, one tiny reply.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Measurement, measurement, type Tool } from "./compared-tool.js";
import { machineLine, markdownTable, median, writeDocumentSection } from "./document-section.js";
import { isInstalled, measureProcess } from "./measured-process.js";
import { nginxVersion, startNginx } from "./nginx-server.js";
import { artillery, locust } from "./scripted-peers.js";

const requestScript = (url: string) => `import http from "k6/http";
export const options = { insecureSkipTLSVerify: true };
export default function () { http.get("${url}"); }
`;
/** The same with what most scripts do on top. */
const checkingScript = (url: string) => `import http from "k6/http";
import { check } from "k6";
export default function () {
  const response = http.get("${url}");
  check(response, { "status is 200": (r) => r.status === 200 });
}
`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    k6: { type: "string", default: "k6" },
    artillery: { type: "string", default: "artillery" },
    locust: { type: "string", default: "locust" },
    tls: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const LEVELS = values.tls ? [10, 50, 200] : [10, 50, 200, 1000];
const folder = mkdtempSync(path.join(tmpdir(), "loopscope-bench-"));
const nginx = await startNginx();
const scriptFile = (name: string, text: string): string => {
  const file = path.join(folder, `${name}.js`);
  writeFileSync(file, text);
  return file;
};
const plainFile = scriptFile("one-request", requestScript(nginx.url));
const checkingFile = scriptFile("one-request-and-check", checkingScript(nginx.url));
const tlsFile = scriptFile("one-request-over-tls", requestScript(nginx.tlsUrl));
const http2File = scriptFile("one-request-over-http2", requestScript(nginx.http2Url));
try {
  await compare();
} finally {
  await nginx.stop();
  rmSync(folder, { recursive: true });
}

function toolsOverTls(): Record<string, Tool> {
  const tools: Record<string, Tool> = {
    "loopscope, HTTP/1.1 over TLS": embedded(tlsFile),
    "loopscope, HTTP/2": embedded(http2File),
    "node:http2 alone": bareHttp2,
  };
  if (isInstalled(values.k6, "version")) {
    tools["k6, HTTP/1.1 over TLS"] = k6(tlsFile);
    tools["k6, HTTP/2"] = k6(http2File);
  }
  return tools;
}

function plainTools(): Record<string, Tool> {
  const tools: Record<string, Tool> = {
    loopscope: embedded(plainFile),
    "loopscope, with a check": embedded(checkingFile),
  };
  if (isInstalled(values.k6, "version")) {
    tools.k6 = k6(plainFile);
    tools["k6, with a check"] = k6(checkingFile);
  }
  if (isInstalled(values.artillery, "version")) tools.artillery = artillery(values.artillery, nginx.url);
  if (isInstalled(values.locust, "--version")) tools.locust = locust(values.locust, nginx.url);
  if (isInstalled("wrk", "-v")) tools["wrk (no script)"] = wrk;
  return tools;
}

async function compare(): Promise<void> {
  const tools = values.tls ? toolsOverTls() : plainTools();
  const rounds = Number(values.rounds);
  const found = new Map<string, Measurement[]>();
  for (let round = 0; round < rounds; round++) {
    for (const vus of LEVELS) {
      for (const [name, tool] of Object.entries(tools)) {
        const key = `${name}\t${vus}`;
        const measured = await tool(vus, Number(values.seconds));
        found.set(key, [...(found.get(key) ?? []), measured]);
        process.stderr.write(
          `round ${round + 1}, ${vus} VUs, ${name}: ${Math.round(1e6 / measured.cpuMicroseconds)} per CPU second\n`,
        );
      }
    }
  }
  const rows = Object.keys(tools).flatMap((name) =>
    LEVELS.map((vus) => tableRow(name, vus, found.get(`${name}\t${vus}`) ?? [])),
  );
  const head = [
    "generator",
    "VUs",
    "iterations/s",
    "CPU s per 100k",
    "iterations per CPU s",
    "spread",
    "RSS MiB",
  ];
  const text = [
    `${machineLine()} ${nginxVersion()}, one worker; ${k6Version()}.`,
    `Medians of ${rounds} interleaved rounds of ${values.seconds} s; spread is (max - min) / median of the CPU column.`,
    "",
    markdownTable(head, rows),
  ].join("\n");
  process.stdout.write(`${text}\n`);
  if (values.write) writeDocumentSection(values.tls ? "bench:load-tls" : "bench:load", text);
}

function tableRow(name: string, vus: number, measured: readonly Measurement[]): string[] {
  const cpu = measured.map(({ cpuMicroseconds }) => cpuMicroseconds);
  const middle = median(cpu);
  return [
    name,
    String(vus),
    Math.round(median(measured.map(({ iterationsPerSecond }) => iterationsPerSecond))).toLocaleString("en"),
    (middle / 10).toFixed(2),
    Math.round(1e6 / middle).toLocaleString("en"),
    `${Math.round(((Math.max(...cpu) - Math.min(...cpu)) / middle) * 100)} %`,
    String(Math.round(median(measured.map(({ rssMiB }) => rssMiB)))),
  ];
}

function embedded(file: string): Tool {
  return (vus, seconds) =>
    onNode("run-embedded-script.js", file, "{}", JSON.stringify({ vus, duration: `${seconds}s` }));
}

function bareHttp2(vus: number, seconds: number): Promise<Measurement> {
  return onNode("run-bare-http2.js", nginx.http2Url, String(vus), String(seconds));
}

/** @param program of this folder, which prints how many iterations it ran and for how long */
async function onNode(program: string, ...args: readonly string[]): Promise<Measurement> {
  const file = path.join(path.dirname(fileURLToPath(import.meta.url)), program);
  const { stdout, cpuSeconds, maxRssMiB } = await measureProcess(process.execPath, [file, ...args]);
  const figures = JSON.parse(stdout) as { iterations: number; seconds: number };
  return measurement(figures.iterations, figures.seconds, cpuSeconds, maxRssMiB);
}

function k6(file: string): Tool {
  return async (vus, seconds) => {
    const summary = path.join(folder, "summary.json");
    const args = [
      "run",
      "-q",
      "--vus",
      String(vus),
      "--duration",
      `${seconds}s`,
      `--summary-export=${summary}`,
      file,
    ];
    const { cpuSeconds, maxRssMiB } = await measureProcess(values.k6, args);
    const { metrics } = JSON.parse(readFileSync(summary, "utf8")) as {
      metrics: { iterations: { count: number } };
    };
    return measurement(metrics.iterations.count, seconds, cpuSeconds, maxRssMiB);
  };
}

async function wrk(vus: number, seconds: number): Promise<Measurement> {
  const args = ["-t1", `-c${vus}`, `-d${seconds}s`, nginx.url];
  const { stdout, cpuSeconds, maxRssMiB } = await measureProcess("wrk", args);
  const count = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  return measurement(count, seconds, cpuSeconds, maxRssMiB);
}

function k6Version(): string {
  const found = spawnSync(values.k6, ["version"]);
  return found.error === undefined ? `k6 ${found.stdout.toString().trim().split(" ")[1]}` : "no k6";
}
