/** Instances of the users service behind a balancer: started, taken out, stopped, and what each had counted. */
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { EVENTLOOP_METRICS, HTTP_METRICS } from "@loopscope/agent/catalog";
import { type ObservedService, startObservedService } from "../src/stack/observed-service.js";
import { REPOSITORY_ROOT } from "./repository-root.js";
import { RollingBalancer } from "./rolling-balancer.js";

const USERS_SERVICE = join(REPOSITORY_ROOT, "loadtests/build/targets/users/server.js");

/** What one process had counted when it ended, by its own last answer to a scrape. */
export interface LastCounters {
  readonly requests: number;
  readonly blockedSeconds: number;
}

export class BalancedInstances {
  readonly balancer = new RollingBalancer();
  /** Of each process that was retired or stopped. */
  readonly counters: LastCounters[] = [];
  readonly #folder: string;
  readonly #fault: string;
  readonly #running = new Set<ObservedService>();

  constructor(folder: string, fault: string) {
    this.#folder = folder;
    this.#fault = fault;
  }

  /** @param agentPort where it is scraped. */
  async start(agentPort: number): Promise<ObservedService> {
    const own = mkdtempSync(join(this.#folder, "instance-"));
    const instance = await startObservedService([process.execPath, USERS_SERVICE], own, {
      prometheusProgram: null,
      prometheusPort: 0,
      serviceName: "users",
      environment: { ...process.env, FAULT: this.#fault, PORT: "0", LOOPSCOPE_PORT: String(agentPort) },
    });
    this.balancer.add(instance.url);
    this.#running.add(instance);
    return instance;
  }

  /** Drained, scraped once more, stopped: what was counted after the last scrape nobody could know. */
  async retire(instance: ObservedService, scraped: (address: string) => Promise<void>): Promise<void> {
    await this.balancer.drain(instance.url);
    await scraped(new URL(instance.agentUrl).host);
    await this.#stop(instance);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((instance) => this.#stop(instance)));
  }

  async #stop(instance: ObservedService): Promise<void> {
    this.#running.delete(instance);
    this.counters.push(await lastCounters(instance));
    const ended = once(instance.process, "exit");
    instance.process.kill("SIGTERM");
    await ended;
  }
}

async function lastCounters(instance: ObservedService): Promise<LastCounters> {
  const text = await (await fetch(`${instance.agentUrl}/metrics`)).text();
  const total = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, "gm"))]
      .map(([, value]) => Number(value))
      .reduce((sum, value) => sum + value, 0);
  return {
    requests: total(`${HTTP_METRICS.serverRequestDuration.name}_count`),
    blockedSeconds: total(EVENTLOOP_METRICS.blockedTime.name),
  };
}

/** Prometheus must know addresses before anything listens there. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => once(server.listen(0, "127.0.0.1"), "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "string" || address === null ? 0 : address.port;
  });
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
