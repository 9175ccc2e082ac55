import type { IncomingMessage, ServerResponse } from "node:http";

/** Readers at once; more get 503. */
const MAX_READERS = 20;
/** A reader that leaves this much unread is cut off: it would otherwise hold the agent's memory. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

export interface EventStream {
  /** Makes the response a stream of server-sent events until the reader or the agent ends it. */
  open(request: IncomingMessage, response: ServerResponse): void;
  send(event: "frame" | "block", data: unknown, id: string): void;
  close(): void;
}

/** @param onAudience told when the first reader comes and when the last has gone. */
export function createEventStream(onAudience: (present: boolean) => void): EventStream {
  const readers = new Set<ServerResponse>();
  return {
    open: (request, response) => {
      if (readers.size >= MAX_READERS) {
        response.writeHead(503, { "content-type": "text/plain" });
        response.end(`at most ${MAX_READERS} readers at once\n`);
        return;
      }
      request.socket.setNoDelay(true);
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": loopscope\n\n");
      readers.add(response);
      if (readers.size === 1) onAudience(true);
      response.on("close", () => {
        if (readers.delete(response) && readers.size === 0) onAudience(false);
      });
    },
    send: (event, data, id) => {
      if (readers.size === 0) return;
      const message = `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      for (const reader of readers) {
        if (reader.writableLength > MAX_UNREAD_BYTES) reader.destroy();
        else reader.write(message);
      }
    },
    close: () => {
      for (const reader of readers) reader.end();
      readers.clear();
    },
  };
}
