/** Finds out who holds the port that this process could not have. */

import { request } from "node:http";

const TIMEOUT_MS = 2000;

export interface PortHolder {
  readonly pid: number;
  /** The process that forked it as a worker of a cluster, or null. */
  readonly clusterPrimaryPid: number | null;
}

/** Null when it is no agent, or one that does not let us in. */
export async function findPortHolder(
  host: string,
  port: number,
  token: string | null,
): Promise<PortHolder | null> {
  try {
    const body = (await askHealth(host, port, token)) as Partial<PortHolder>;
    if (typeof body.pid !== "number") return null;
    return { pid: body.pid, clusterPrimaryPid: body.clusterPrimaryPid ?? null };
  } catch {
    return null;
  }
}

function askHealth(host: string, port: number, token: string | null): Promise<unknown> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: reachable(host), port, path: "/healthz", agent: false, headers },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => {
          try {
            resolve(JSON.parse(text));
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error("no answer in time")));
    sent.on("error", reject).end();
  });
}

/** What is listened on everywhere is reached on loopback. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
