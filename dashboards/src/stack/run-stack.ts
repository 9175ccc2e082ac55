/**
 * `npm run stack`: a service with the agent and the machine's own Prometheus, until Ctrl-C. The arguments are the
 * command that starts the service.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStackSettings } from "../config/stack-environment.js";
import { startDashboardServer } from "./dashboard-server.js";
import { startObservedService } from "./observed-service.js";
import { startPrometheus } from "./prometheus-process.js";

const SCRAPE_SECONDS = 5;
const GRACE_MS = 15_000;

const NO_PROMETHEUS = `Prometheus is not installed: only the service runs. Install it (Debian: apt-get install prometheus),
or name its program in PROMETHEUS.`;

async function main(): Promise<number> {
  const settings = readStackSettings();
  const folder = mkdtempSync(join(tmpdir(), "loopscope-stack-"));
  const children: ChildProcess[] = [];
  let closePage = (): void => {};
  try {
    const interrupted = nextSignal();
    const service = await startObservedService(process.argv.slice(2), folder, settings);
    children.push(service.process);
    console.log(`\nservice     ${service.url}\nagent       ${service.agentUrl}/metrics`);
    if (settings.prometheusProgram === null) {
      console.log(NO_PROMETHEUS);
    } else {
      const prometheus = await startPrometheus({
        program: settings.prometheusProgram,
        port: settings.prometheusPort,
        folder,
        services: [{ name: service.name, agents: [new URL(service.agentUrl).host] }],
        scrapeSeconds: SCRAPE_SECONDS,
      });
      children.unshift(prometheus.process);
      console.log(`Prometheus  ${prometheus.url}\nalerts      ${prometheus.url}/alerts`);
      const page = await startDashboardServer({
        prometheusUrl: prometheus.url,
        scrapeSeconds: SCRAPE_SECONDS,
      });
      closePage = page.close;
      console.log(
        `dashboards  ${page.url} (in Grafana: import dashboards/grafana/dashboards/*.json, that Prometheus as data source)`,
      );
    }
    console.log("Ctrl-C stops all of it.\n");
    const end = await Promise.race([interrupted, ...children.map(untimelyEnd)]);
    if (end === null) return 0;
    console.error(end);
    return 1;
  } finally {
    closePage();
    await Promise.all(children.map(stop));
    rmSync(folder, { recursive: true, force: true });
  }
}

function nextSignal(): Promise<null> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve(null));
  });
}

/** Ends that we caused, or that Ctrl-C caused in all of us at once, are told by the other side of the race. */
async function untimelyEnd(child: ChildProcess): Promise<string> {
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return `${child.spawnfile} ended by itself (${signal ?? `exit code ${code}`})`;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const outOfPatience = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await ended;
  clearTimeout(outOfPatience);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
