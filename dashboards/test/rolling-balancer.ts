/** A load balancer as a rolling restart needs it: an instance is taken out, and its last requests are awaited. */
import { Agent, createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Upstream {
  readonly url: URL;
  inFlight: number;
  idle: () => void;
}

export class RollingBalancer {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;
  #rotation: readonly Upstream[] = [];
  #turn = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      const upstream = this.#rotation[this.#turn++ % this.#rotation.length];
      if (upstream === undefined) {
        response.writeHead(503).end();
        return;
      }
      upstream.inFlight++;
      response.once("close", () => {
        if (--upstream.inFlight === 0) upstream.idle();
      });
      const { method, headers, url = "/" } = request;
      const forwarded = httpRequest(new URL(url, upstream.url), { method, headers, agent: this.#agent });
      forwarded.once("response", (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      forwarded.once("error", () => response.destroy());
      request.pipe(forwarded);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(url: string): void {
    this.#rotation = [...this.#rotation, { url: new URL(url), inFlight: 0, idle: () => {} }];
  }

  /** Resolves when the instance has answered its last request. */
  async drain(url: string): Promise<void> {
    const leaving = this.#rotation.find((upstream) => upstream.url.href === new URL(url).href);
    this.#rotation = this.#rotation.filter((upstream) => upstream !== leaving);
    if (leaving === undefined || leaving.inFlight === 0) return;
    await new Promise<void>((resolve) => {
      leaving.idle = resolve;
    });
  }

  close(): void {
    this.#agent.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
