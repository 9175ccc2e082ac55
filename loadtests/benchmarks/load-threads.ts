/**
 * What do threads gain a load, and what do they cost? `npm run bench:threads [-- --rounds 3 --seconds 4 --write]`
 * A one-request script at 1000 virtual users, where nginx is near its own limit; the same over HTTP/2, where the
 * generator is the slower side; one that parses 18 KB of JSON for each reply; and that alone. Needs nginx.
 * Reasons to doubt: two threads, their run and nginx share the machine's processors, so that on two of them no
 * gain can be had where nginx takes one; CPU is that of the whole process, start-up in it.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machineLine, markdownTable, median, writeDocumentSection } from "./document-section.js";
import { measureProcess } from "./measured-process.js";
import { nginxVersion, startNginx } from "./nginx-server.js";

const THREADS = [1, 2];

interface Measurement {
  readonly iterationsPerSecond: number;
  readonly cpuSecondsPer100k: number;
  readonly rssMiB: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    write: { type: "boolean", default: false },
  },
});
const folder = mkdtempSync(path.join(tmpdir(), "loopscope-bench-"));
const nginx = await startNginx();
const loads: readonly { name: string; vus: number; file: string }[] = [
  { name: "one request", vus: 1000, file: scriptFile("one-request", nginx.url, "") },
  { name: "one request over HTTP/2", vus: 200, file: scriptFile("one-over-http2", nginx.http2Url, "") },
  {
    name: "one request, and parses 18 KB",
    vus: 200,
    file: scriptFile("with-work", nginx.url, "JSON.parse(text);"),
  },
  { name: "parses 18 KB, no request", vus: 200, file: scriptFile("work-alone", null, "JSON.parse(text);") },
];
try {
  await compare();
} finally {
  await nginx.stop();
  rmSync(folder, { recursive: true });
}

function scriptFile(name: string, url: string | null, work: string): string {
  const file = path.join(folder, `${name}.js`);
  const options = `export const options = { insecureSkipTLSVerify: true };
const text = JSON.stringify(Array.from({ length: 400 }, (_, id) => ({ id, name: "a name of some length " + id })));`;
  const request = url === null ? "" : `http.get("${url}");`;
  const body = `export default function () { ${request} ${work} }`;
  writeFileSync(file, `import http from "k6/http";\n${options}\n${body}\n`);
  return file;
}

async function compare(): Promise<void> {
  const found = new Map<string, Measurement[]>();
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const { name, vus, file } of loads) {
      for (const threads of THREADS) {
        const measured = await measure(file, vus, threads);
        const key = `${name}\t${threads}`;
        found.set(key, [...(found.get(key) ?? []), measured]);
        process.stderr.write(
          `round ${round}, ${name}, ${threads} threads: ${Math.round(measured.iterationsPerSecond)}/s\n`,
        );
      }
    }
  }
  const rows = loads.flatMap(({ name, vus }) =>
    THREADS.map((threads) => tableRow(name, vus, threads, found.get(`${name}\t${threads}`) ?? [])),
  );
  const text = [
    `${machineLine()} ${nginxVersion()}, one worker.`,
    `Medians of ${values.rounds} interleaved rounds of ${values.seconds} s; spread is (max - min) / median of iterations/s.`,
    "",
    markdownTable(["script", "VUs", "threads", "iterations/s", "spread", "CPU s per 100k", "RSS MiB"], rows),
  ].join("\n");
  process.stdout.write(`${text}\n`);
  if (values.write) writeDocumentSection("bench:threads", text);
}

async function measure(file: string, vus: number, threads: number): Promise<Measurement> {
  const runner = path.join(path.dirname(fileURLToPath(import.meta.url)), "run-embedded-script.js");
  const overrides = JSON.stringify({ vus, duration: `${values.seconds}s` });
  const args = [runner, file, "{}", overrides, String(threads)];
  const { stdout, cpuSeconds, maxRssMiB } = await measureProcess(process.execPath, args);
  const { iterations, seconds } = JSON.parse(stdout) as { iterations: number; seconds: number };
  return {
    iterationsPerSecond: iterations / seconds,
    cpuSecondsPer100k: (cpuSeconds / iterations) * 1e5,
    rssMiB: maxRssMiB,
  };
}

function tableRow(name: string, vus: number, threads: number, measured: readonly Measurement[]): string[] {
  const rates = measured.map(({ iterationsPerSecond }) => iterationsPerSecond);
  const middle = median(rates);
  return [
    name,
    String(vus),
    String(threads),
    Math.round(middle).toLocaleString("en"),
    `${Math.round(((Math.max(...rates) - Math.min(...rates)) / middle) * 100)} %`,
    median(measured.map(({ cpuSecondsPer100k }) => cpuSecondsPer100k)).toFixed(2),
    String(Math.round(median(measured.map(({ rssMiB }) => rssMiB)))),
  ];
}
