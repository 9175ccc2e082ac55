/** ws: connections, of servers and of clients, their messages, and what is sent and not yet taken. */

import { prototypeWith, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import type { LibraryParts } from "./library-hook";
import type { WebSocketConnection, WebSocketRole } from "./websocket-statistics";

interface WsConnection extends WebSocketConnection {
  readonly readyState: number;
  readonly _isServer?: boolean;
}

const PART = "library ws";
const OPEN = 1;

export function wsHook({ guard, webSockets }: LibraryParts): ModuleHook {
  /** What a method of the library does first, of ours. */
  const first = (prototype: object, method: string, ours: (socket: WsConnection, event: unknown) => void) =>
    wrapMethod(
      prototype,
      method,
      (original) =>
        function (this: unknown, ...args) {
          guard.run(PART, () => ours(this as WsConnection, args[0]));
          return original.apply(this, args);
        },
    );

  return {
    majors: [7, 8],
    install: (exports) => {
      const prototype = prototypeWith(exports, ["setSocket", "emitClose", "send", "terminate"]);
      if (prototype === undefined) return;
      // The handshake is over: what the listeners of `open` send counts already.
      first(prototype, "setSocket", (socket) => webSockets.opened(roleOf(socket), socket));
      first(prototype, "emitClose", (socket) => webSockets.closed(roleOf(socket), socket));
      first(prototype, "send", (socket) => {
        if (socket.readyState === OPEN) webSockets.sent(roleOf(socket));
      });
      // Listeners of ours would count among the application's own.
      first(prototype, "emit", (socket, event) => {
        if (event === "message") webSockets.received(roleOf(socket));
      });
    },
  };
}

function roleOf({ _isServer: isServer }: WsConnection): WebSocketRole {
  return isServer === true ? "server" : "client";
}
