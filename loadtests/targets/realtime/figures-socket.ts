import type { WebSocket } from "ws";
import { FIGURES_INTERVAL_MS, type FiguresStream } from "./figures-stream.js";

/** A watcher that leaves this much unread misses seconds rather than filling the memory. */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** Serves one watcher of `/realtime`: `{"type":"subscribe"}` begins the figures, `unsubscribe` ends them. */
export function serveFiguresSocket(socket: WebSocket, stream: FiguresStream): void {
  let unsubscribe: (() => void) | undefined;
  const say = (message: object) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  };
  const end = () => {
    unsubscribe?.();
    unsubscribe = undefined;
  };
  socket.on("close", end);
  socket.on("message", (data) => {
    switch (typeOf(data.toString())) {
      case "subscribe":
        unsubscribe ??= stream.subscribe((message) => {
          if (socket.bufferedAmount < MAX_BUFFERED_BYTES) say(message);
        });
        say({ type: "subscribed", intervalMs: FIGURES_INTERVAL_MS });
        break;
      case "unsubscribe":
        end();
        say({ type: "unsubscribed" });
        break;
      default:
        say({ type: "error", message: 'send {"type":"subscribe"} or {"type":"unsubscribe"}' });
    }
  });
}

function typeOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { type?: unknown } | null)?.type;
  } catch {
    return undefined;
  }
}
