/** Learns on which TCP ports the application itself listens. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Server } from "node:net";
import type { ListeningAddress } from "./catalog/announcement";
import type { Guard } from "./guard";

/** Published when a `listen` has succeeded. Diagnostics channels are per thread: the endpoint's is not seen. */
const LISTEN_END = "tracing:net.server.listen:asyncEnd";

/** @returns ends the watching. */
export function watchListeningPorts(guard: Guard, onListen: (address: ListeningAddress) => void): () => void {
  const onEnd = guard.wrap("listening-ports", (message: unknown) => {
    const { server } = message as { readonly server: Server };
    const address = server.address();
    if (address !== null && typeof address === "object") {
      onListen({ address: address.address, port: address.port });
    }
  });
  subscribe(LISTEN_END, onEnd);
  return () => {
    unsubscribe(LISTEN_END, onEnd);
  };
}
