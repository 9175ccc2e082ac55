import { connect } from "node:net";

/** Whether something accepts TCP connections there right now. */
export async function acceptsConnections(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
  });
}

/** The address to connect to for an address that a server listens on: the wildcard ones are reached by loopback. */
export function reachableHost(listeningAddress: string): string {
  if (listeningAddress === "::" || listeningAddress === "0.0.0.0" || listeningAddress === "") {
    return "127.0.0.1";
  }
  return listeningAddress;
}

/** `http://host:port`, IPv6 in brackets. */
export function originOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
