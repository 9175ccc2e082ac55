/**
 * How many iterations of a one-request script does the embedded engine run for one second of CPU, beside k6
 * and beside wrk, which has no script? `npm run bench:load [-- --rounds 3 --seconds 4 --k6 <path> --write]`
 * With `--tls`: what do TLS and HTTP/2 cost each of them?
 * Needs nginx; k6 and wrk are left out when they are not there. CPU is that of the whole process, start-up
 * in it.
 * Reasons to doubt: server and generators share the machine; nginx is near its own limit in the fast rows, so
 * iterations a second are bounded by it and CPU per iteration is the fair column; one server, one tiny reply.
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machineLine, markdownTable, median, writeDocumentSection } from "./document-section.js";
import { measureProcess } from "./measured-process.js";

const PORT = 18_180;
const URL_UNDER_LOAD = `http://127.0.0.1:${PORT}/`;
const TLS_PORT = PORT + 1;
const HTTP2_PORT = PORT + 2;
const SCRIPT = `import http from "k6/http";
export default function () { http.get("${URL_UNDER_LOAD}"); }
`;
const tlsScript = (port: number) => `import http from "k6/http";
export const options = { insecureSkipTLSVerify: true };
export default function () { http.get("https://127.0.0.1:${port}/"); }
`;
/** The same with what most scripts do on top. */
const CHECKING_SCRIPT = `import http from "k6/http";
import { check } from "k6";
export default function () {
  const response = http.get("${URL_UNDER_LOAD}");
  check(response, { "status is 200": (r) => r.status === 200 });
}
`;

interface Measurement {
  readonly iterationsPerSecond: number;
  readonly cpuMicroseconds: number;
  readonly rssMiB: number;
}

type Tool = (vus: number, seconds: number) => Promise<Measurement>;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    k6: { type: "string", default: "k6" },
    tls: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const LEVELS = values.tls ? [10, 50, 200] : [10, 50, 200, 1000];
const folder = mkdtempSync(path.join(tmpdir(), "loopscope-bench-"));
const script = path.join(folder, "one-request.js");
const checkingScript = path.join(folder, "one-request-and-check.js");
writeFileSync(script, SCRIPT);
writeFileSync(checkingScript, CHECKING_SCRIPT);
const tlsFile = path.join(folder, "one-request-over-tls.js");
const http2File = path.join(folder, "one-request-over-http2.js");
writeFileSync(tlsFile, tlsScript(TLS_PORT));
writeFileSync(http2File, tlsScript(HTTP2_PORT));

const nginx = startNginx();
try {
  await untilListening();
  await compare();
} finally {
  nginx.kill("SIGTERM");
  await once(nginx, "exit");
  rmSync(folder, { recursive: true });
}

function toolsOverTls(): Record<string, Tool> {
  const tools: Record<string, Tool> = {
    "loopscope, HTTP/1.1 over TLS": embedded(tlsFile),
    "loopscope, HTTP/2": embedded(http2File),
  };
  if (isThere(values.k6, "version")) {
    tools["k6, HTTP/1.1 over TLS"] = k6(tlsFile);
    tools["k6, HTTP/2"] = k6(http2File);
  }
  return tools;
}

function plainTools(): Record<string, Tool> {
  const tools: Record<string, Tool> = {
    loopscope: embedded(script),
    "loopscope, with a check": embedded(checkingScript),
  };
  if (isThere(values.k6, "version")) {
    tools.k6 = k6(script);
    tools["k6, with a check"] = k6(checkingScript);
  }
  if (isThere("wrk", "-v")) tools["wrk (no script)"] = wrk;
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
    `${machineLine()} ${spawnSync("nginx", ["-v"]).stderr.toString().trim()}, one worker; ${k6Version()}.`,
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
  const runner = path.join(path.dirname(fileURLToPath(import.meta.url)), "run-embedded-script.js");
  return async (vus, seconds) => {
    const overrides = JSON.stringify({ vus, duration: `${seconds}s` });
    const { stdout, cpuSeconds, maxRssMiB } = await measureProcess(process.execPath, [
      runner,
      file,
      "{}",
      overrides,
    ]);
    const figures = JSON.parse(stdout) as { iterations: number; seconds: number };
    return measurement(figures.iterations, figures.seconds, cpuSeconds, maxRssMiB);
  };
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
  const args = ["-t1", `-c${vus}`, `-d${seconds}s`, URL_UNDER_LOAD];
  const { stdout, cpuSeconds, maxRssMiB } = await measureProcess("wrk", args);
  const count = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  return measurement(count, seconds, cpuSeconds, maxRssMiB);
}

function measurement(count: number, seconds: number, cpuSeconds: number, rssMiB: number): Measurement {
  return { iterationsPerSecond: count / seconds, cpuMicroseconds: (cpuSeconds / count) * 1e6, rssMiB };
}

function isThere(command: string, flag: string): boolean {
  return spawnSync(command, [flag]).error === undefined;
}

function k6Version(): string {
  const found = spawnSync(values.k6, ["version"]);
  return found.error === undefined
    ? found.stdout.toString().trim().split(" ").slice(0, 2).join(" ")
    : "no k6";
}

function startNginx() {
  const config = path.join(folder, "nginx.conf");
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const fixtures = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../test/fixtures");
  const certificate = `ssl_certificate ${fixtures}/self-signed-cert.pem;
    ssl_certificate_key ${fixtures}/self-signed-key.pem; location / { return 200 "ok\\n"; }`;
  writeFileSync(
    config,
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log stderr crit;
    events { worker_connections 4096; }
    http { access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; ${places.join(" ")}
      server { listen 127.0.0.1:${PORT} backlog=4096; location / { return 200 "ok\\n"; } }
      server { listen 127.0.0.1:${TLS_PORT} backlog=4096 ssl; ${certificate} }
      server { listen 127.0.0.1:${HTTP2_PORT} backlog=4096 ssl http2; ${certificate} } }`,
  );
  return spawn("nginx", ["-c", config, "-e", "stderr"], { stdio: ["ignore", "ignore", "inherit"] });
}

async function untilListening(): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const socket = net.connect(PORT, "127.0.0.1");
    const connected = await new Promise((resolve) =>
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false)),
    );
    socket.destroy();
    if (connected === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("nginx did not start");
}
