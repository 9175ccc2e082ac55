/**
 * The endpoints of one process. Most have one. Of a cluster, one process holds the port and answers for all:
 * the primary, or, where that has no agent, the worker that came first. The others answer it by a socket.
 */

import type { Block } from "../catalog/block";
import type { Frame } from "../catalog/frame";
import type { AgentConfig } from "../config/agent-config";
import { type Endpoint, startEndpoint } from "../export/endpoint-server";
import { type EndpointSource, type ProcessFacts, processSource } from "../export/endpoint-source";
import { ClusterFolder, isAlive } from "./cluster-folder";
import type { ClusterSource } from "./cluster-source";
import type { PortHolder } from "./port-holder";

/** How often a worker looks whether the one that answers for all still lives. */
const TAKE_OVER_MS = 2000;

export interface ProcessEndpointsOptions {
  readonly config: AgentConfig;
  /** The process that forked this one as a worker of its cluster, or null. */
  readonly clusterPrimaryPid: number | null;
  /** `onAudience` is told when the first reader of any endpoint comes, and when the last has gone. */
  readonly facts: ProcessFacts;
  /** The port that this process answers on has changed: it has taken over, and answers for all now. */
  onUrl(url: string): void;
  onDrop(times: number): void;
}

export class ProcessEndpoints {
  readonly #options: ProcessEndpointsOptions;
  /** What this process alone has to tell. */
  readonly own: EndpointSource;
  readonly #folder: ClusterFolder;
  #cluster: ClusterSource | null = null;
  #shared: Endpoint | null = null;
  #socket: Endpoint | null = null;
  #watch: NodeJS.Timeout | null = null;
  #readers = 0;
  /** Whether the process asks the others of its cluster, once there are any. */
  #answersForAll = true;

  constructor(options: ProcessEndpointsOptions) {
    this.#options = options;
    this.own = processSource({
      ...options.facts,
      onAudience: (present) => this.#countReaders(present),
    });
    this.#folder = new ClusterFolder(options.clusterPrimaryPid ?? process.pid);
  }

  /**
   * @returns where this process can be asked; null: nowhere, or by the one that answers for its cluster only.
   * @throws the listening error when the port is taken by a process that does not answer for this one.
   */
  async open(): Promise<string | null> {
    const { config, clusterPrimaryPid } = this.#options;
    if (config.port === null) return null;
    if (clusterPrimaryPid === null || !ClusterFolder.isSupported) return this.#openShared();
    if (config.port === 0) {
      await this.#openSocket();
      // A port of its own is for whoever wants to ask this worker alone.
      this.#answersForAll = false;
      return this.#openShared();
    }
    try {
      return await this.#openShared();
    } catch (error) {
      if (!isTaken(error)) throw error;
      const holder = await this.#holderOfCluster();
      if (holder === null) throw error;
      await this.#openSocket();
      this.#watchHolder(holder);
      return null;
    }
  }

  publishFrame(frame: Frame): void {
    this.#socket?.publishFrame(frame);
    if (this.#shared === null) return;
    const cluster = this.#findCluster();
    const shown = cluster === null ? frame : cluster.together(frame);
    if (shown !== null) this.#shared.publishFrame(shown);
  }

  publishBlock(block: Block): void {
    this.#socket?.publishBlock(block);
    this.#shared?.publishBlock(this.#findCluster()?.ownBlock(block) ?? block);
  }

  async close(): Promise<void> {
    if (this.#watch !== null) clearInterval(this.#watch);
    await Promise.all([this.#shared?.close(), this.#closeSocket()]);
  }

  async #openShared(): Promise<string> {
    const { config, clusterPrimaryPid } = this.#options;
    const { host, port, token, unhealthyAfterMs } = config;
    const address = { host, port: port ?? 0 };
    this.#shared = await startEndpoint(
      { address, token, unhealthyAfterMs, clusterPrimaryPid },
      this.#source(),
    );
    return this.#shared.url;
  }

  async #openSocket(): Promise<void> {
    const path = this.#folder.socketOf(process.pid);
    this.#folder.create();
    this.#socket = await startEndpoint({ address: { path }, token: null }, this.own);
  }

  async #closeSocket(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    await socket.close();
    this.#folder.forget(process.pid);
  }

  /** One process as long as it is alone, and a cluster from when the first worker leaves its socket. */
  #source(): EndpointSource {
    const own = this.own;
    const now = (): EndpointSource => this.#findCluster() ?? own;
    return {
      askMain: (request) => now().askMain(request),
      metrics: (distributions) => now().metrics(distributions),
      snapshot: () => now().snapshot(),
      blocks: () => now().blocks(),
      onAudience: (present) => now().onAudience(present),
      own: () => own,
      forward: (request, response) => now().forward(request, response),
    };
  }

  #findCluster(): ClusterSource | null {
    if (this.#cluster === null && this.#answersForAll && this.#folder.exists)
      this.#cluster = this.#createCluster();
    return this.#cluster;
  }

  #createCluster(): ClusterSource {
    // What it loads is for clusters only.
    const { ClusterSource } = require("./cluster-source") as typeof import("./cluster-source");
    return new ClusterSource({
      own: this.own,
      folder: this.#folder,
      maxBlocks: this.#options.config.maxBlocks,
      onBlock: (block) => this.#shared?.publishBlock(block),
      onDrop: this.#options.onDrop,
    });
  }

  async #holderOfCluster(): Promise<PortHolder | null> {
    const { config, clusterPrimaryPid } = this.#options;
    const { findPortHolder } = require("./port-holder") as typeof import("./port-holder");
    const holder = await findPortHolder(config.host, config.port ?? 0, config.token);
    const isOurs = holder?.pid === clusterPrimaryPid || holder?.clusterPrimaryPid === clusterPrimaryPid;
    return isOurs ? holder : null;
  }

  #watchHolder(holder: PortHolder): void {
    let watched = holder;
    let busy = false;
    const look = async (): Promise<void> => {
      if (busy || isAlive(watched.pid)) return;
      busy = true;
      watched = (await this.#holderOfCluster()) ?? watched;
      if (!isAlive(watched.pid)) await this.#takeOver();
      busy = false;
    };
    this.#watch = setInterval(() => void look(), TAKE_OVER_MS);
    this.#watch.unref();
  }

  async #takeOver(): Promise<void> {
    try {
      this.#options.onUrl(await this.#openShared());
    } catch {
      // Another worker was first, or the port is still being let go: the next look tells.
      return;
    }
    if (this.#watch !== null) clearInterval(this.#watch);
    await this.#closeSocket();
  }

  #countReaders(present: boolean): void {
    this.#readers += present ? 1 : -1;
    if (this.#readers === (present ? 1 : 0)) this.#options.facts.onAudience(present);
  }
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EADDRINUSE";
}
