import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** How long a found name is kept, as k6's default for `options.dns.ttl`. */
const KEEP_MS = 5 * 60 * 1000;

/** Finds addresses, IPv4 first as k6 does, and remembers them. */
export class NameLookup {
  readonly #known = new Map<
    string,
    { readonly addresses: readonly ResolvedAddress[]; readonly untilMs: number }
  >();

  /** At once when the name is an address or known, null otherwise. */
  known(host: string, nowMs: number): readonly ResolvedAddress[] | null {
    const family = isIP(host);
    if (family !== 0) return [{ address: host, family }];
    const entry = this.#known.get(host);
    return entry === undefined || entry.untilMs < nowMs ? null : entry.addresses;
  }

  /** @throws the resolver's error */
  async find(host: string, nowMs: number): Promise<readonly ResolvedAddress[]> {
    const addresses = await lookup(host, { all: true });
    addresses.sort((a, b) => a.family - b.family);
    this.#known.set(host, { addresses, untilMs: nowMs + KEEP_MS });
    return addresses;
  }
}
