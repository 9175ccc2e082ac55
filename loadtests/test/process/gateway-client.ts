import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type RunningTarget, startTarget } from "./start-target.js";

export const TOKEN_SECRET = "a secret of the tests";

/** A token as an identity provider would sign it. */
export function signToken(
  claims: object,
  { secret = TOKEN_SECRET, algorithm = "HS256" }: { secret?: string; algorithm?: string } = {},
): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${encode({ alg: algorithm, typ: "JWT" })}.${encode(claims)}`;
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}

export function bearer(subject: string): { authorization: string } {
  return { authorization: `Bearer ${signToken({ sub: subject, exp: Date.now() / 1000 + 600 })}` };
}

export async function startGateway(
  context: TestContext,
  environment: Record<string, string> = {},
): Promise<RunningTarget> {
  const target = await startTarget("gateway", { environment: { TOKEN_SECRET, ...environment } });
  context.after(() => target.stop("SIGKILL"));
  return target;
}

/** A service behind the gateway that does what the test says. */
export async function startUpstream(
  context: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface GatewayStats {
  readonly unauthorized: number;
  readonly rateLimited: number;
  readonly storeErrors: number;
  readonly cache: { hit: number; miss: number; stale: number; shared: number };
  readonly services: Record<
    string,
    {
      attempts: number;
      retries: number;
      timeouts: number;
      shortCircuited: number;
      breaker: string;
      breakerOpens: number;
    }
  >;
}

export async function gatewayStats(target: RunningTarget): Promise<GatewayStats> {
  return (await (await fetch(`${target.url}/stats`)).json()) as GatewayStats;
}
