/** From a built service to a listening one, and back: one line when it is ready, a graceful end on a signal. */

import type { FastifyInstance } from "fastify";
import { logHeldRequests } from "./fault-log.js";
import { hostSetting } from "./service-environment.js";

export interface ServiceStart {
  /** The word before "listening on". */
  readonly name: string;
  readonly app: FastifyInstance;
  /** 0 picks a free port. */
  readonly port: number;
  /** Default: HOST, or 127.0.0.1. */
  readonly host?: string;
  /** What the service leans on (pools, workers), released after the last request was answered. */
  release(): Promise<void>;
  /** Longest time that requests in flight are waited for, milliseconds; then the process ends all the same. */
  readonly graceMs?: number;
}

const DEFAULT_GRACE_MS = 10_000;
const IDLE_SWEEP_MS = 50;

/**
 * Listens, prints `<name> listening on <url>`, and ends on SIGTERM and SIGINT: no new connections, requests in
 * flight are answered, then `release`, then exit code 0. A second signal ends it at once.
 * @returns the URL.
 */
export async function startService(service: ServiceStart): Promise<string> {
  const { app, name, port, host = hostSetting() } = service;
  endOnSignal(service);
  logHeldRequests(app);
  const url = await app.listen({ port, host });
  console.log(`${name} listening on ${url}`);
  return url;
}

/** Runs a service's `main` and turns a failed start into one sentence and exit code 1. */
export function runService(main: () => Promise<unknown>): void {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  });
}

function endOnSignal(service: ServiceStart): void {
  let ending = false;
  // Tells the client of a last answer not to send another request on its connection.
  service.app.addHook("onSend", async (_request, reply) => {
    if (ending) reply.header("connection", "close");
  });
  const end = (signal: NodeJS.Signals): void => {
    // 128 + the signal's number is what a shell reports of a process that a signal ended.
    if (ending) process.exit(signal === "SIGINT" ? 130 : 143);
    ending = true;
    const graceMs = service.graceMs ?? DEFAULT_GRACE_MS;
    const outOfPatience = setTimeout(() => {
      console.error(`${service.name} still had work after ${graceMs} ms and was ended`);
      process.exit(1);
    }, graceMs);
    outOfPatience.unref();
    stop(service).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`${service.name} did not stop cleanly: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

async function stop({ app, release }: ServiceStart): Promise<void> {
  // Fastify closes the connections that are idle now. One that answers a last request and is then kept alive by
  // its client would hold the end up until it times out.
  const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
  }
  await release();
}
