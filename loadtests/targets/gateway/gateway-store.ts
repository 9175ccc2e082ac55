/**
 * What the gateway remembers between requests. Several gateways share it through Redis; one alone keeps
 * it in memory.
 */
export interface GatewayStore {
  /**
   * Counts one more request in the client's window, which begins with its first request.
   * Atomic: of any number of concurrent calls each gets its own count.
   */
  countRequest(client: string, windowMs: number): Promise<{ count: number; windowEndsInMs: number }>;
  findResponse(key: string): Promise<StoredResponse | null>;
  /** @param keepMs the store may forget the response after this time, and earlier when it needs the room. */
  keepResponse(key: string, response: StoredResponse, keepMs: number): Promise<void>;
  close(): Promise<void>;
}

/** A whole response of an upstream service. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
  /** Milliseconds since the Unix epoch. */
  readonly storedAt: number;
}
