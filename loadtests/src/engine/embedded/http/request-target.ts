/** Where a request goes, taken apart once for each URL. */

import { isIP } from "node:net";
import { LastReply } from "./last-reply.js";
import type { RequestPlan } from "./request-plan.js";

export interface RequestTarget {
  /** As written, without its fragment and credentials. */
  readonly url: string;
  readonly isTls: boolean;
  /** Name or address to connect to, after `options.hosts`. */
  readonly host: string;
  readonly port: number;
  /** Path and query, as sent. */
  readonly path: string;
  /** `Host` header. */
  readonly authority: string;
  /** For TLS; empty for addresses. */
  readonly serverName: string;
  /** Connections with the same key may be shared. */
  readonly originKey: string;
  /** `user:password` of the URL, decoded; null without them. */
  readonly credentials: string | null;
  /** Of the last request there that had neither parameters nor body: the next like it need not be planned. */
  plainPlan: RequestPlan | null;
  /** One of a few that all targets of a thread share. */
  readonly lastReply: LastReply;
}

/** A script that makes a URL for each request must not fill the memory with their replies. */
const MAX_LAST_REPLIES = 64;

/** `options.hosts`: a name or `name:port`, with `*.` in front for any subdomain, to an address or `address:port`. */
export type HostOverrides = Readonly<Record<string, string>>;

/** Remembers what it took apart, up to a bound. */
export class RequestTargets {
  readonly #known = new Map<string, RequestTarget>();
  readonly #overrides: HostOverrides;
  readonly #lastReplies: LastReply[] = [];

  constructor(overrides: HostOverrides) {
    this.#overrides = overrides;
  }

  /** @throws RangeError with one sentence when it is not an absolute http or https URL */
  get(url: string): RequestTarget {
    let target = this.#known.get(url);
    if (target === undefined) {
      target = this.#parse(url);
      // Scripts may make a new URL for each request: a full table starts anew.
      if (this.#known.size >= 10_000) this.#known.clear();
      this.#known.set(url, target);
    }
    return target;
  }

  #parse(url: string): RequestTarget {
    const parsed = URL.canParse(url) ? new URL(url) : null;
    if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
      throw new RangeError(
        `invalid URL ${JSON.stringify(url)}: it must begin with http:// or https:// and name a host`,
      );
    }
    const isTls = parsed.protocol === "https:";
    const port = parsed.port === "" ? (isTls ? 443 : 80) : Number(parsed.port);
    const named = parsed.hostname.replace(/^\[|\]$/g, "");
    const to = this.#override(named, port);
    const credentials =
      parsed.username === "" && parsed.password === ""
        ? null
        : `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
    parsed.username = "";
    parsed.password = "";
    parsed.hash = "";
    return {
      url:
        parsed.pathname === "/" && !/^https?:\/\/[^/?#]*[/?]/.test(url)
          ? parsed.href.slice(0, -1)
          : parsed.href,
      isTls,
      host: to.host,
      port: to.port,
      path: `${parsed.pathname}${parsed.search}`,
      authority: parsed.host,
      serverName: isIP(named) === 0 ? named : "",
      originKey: `${isTls ? "tls" : "tcp"} ${named} ${to.host} ${to.port}`,
      credentials,
      plainPlan: null,
      lastReply: this.#lastReply(),
    };
  }

  #lastReply(): LastReply {
    const index = this.#known.size % MAX_LAST_REPLIES;
    const reply = this.#lastReplies[index] ?? new LastReply();
    this.#lastReplies[index] = reply;
    return reply;
  }

  #override(host: string, port: number): { readonly host: string; readonly port: number } {
    const given =
      this.#overrides[`${host}:${port}`] ?? this.#overrides[host] ?? this.#wildcard(host, port) ?? undefined;
    if (given === undefined) return { host, port };
    const split = /^\[?([^\]]+?)\]?:(\d+)$/.exec(given);
    if (isIP(given) === 6 || split === null) return { host: given, port };
    return { host: split[1] ?? given, port: Number(split[2]) };
  }

  #wildcard(host: string, port: number): string | undefined {
    for (const [pattern, to] of Object.entries(this.#overrides)) {
      if (!pattern.startsWith("*.")) continue;
      const [name = "", wantedPort] = pattern.slice(1).split(":");
      if (host.endsWith(name) && (wantedPort === undefined || Number(wantedPort) === port)) return to;
    }
    return undefined;
  }
}
