/** What is known of WebSocket connections, whichever library keeps them. */

import { WEBSOCKET_METRICS } from "../catalog/websocket-metrics";
import type { Guard } from "../guard";
import type { MetricFamily, ScalarSample } from "../quantiles/metric-samples";

/** Which end of a connection this process is. */
export type WebSocketRole = "server" | "client";

export interface WebSocketConnection {
  /** Bytes. */
  readonly bufferedAmount: number;
}

export interface WebSocketStatistics {
  /** None before the first connection: most processes have no WebSockets. */
  readonly families: readonly MetricFamily[];
  opened(role: WebSocketRole, connection: WebSocketConnection): void;
  closed(role: WebSocketRole, connection: WebSocketConnection): void;
  /** As cheap as it looks: called for each message. */
  sent(role: WebSocketRole): void;
  received(role: WebSocketRole): void;
}

interface Side {
  readonly open: Set<WebSocketConnection>;
  sent: number;
  received: number;
}

export function createWebSocketStatistics(guard: Guard): WebSocketStatistics {
  const sides: Partial<Record<WebSocketRole, Side>> = {};

  const sideOf = (role: WebSocketRole): Side => {
    sides[role] ??= { open: new Set(), sent: 0, received: 0 };
    return sides[role];
  };

  const each = (samples: (role: string, side: Side) => readonly ScalarSample[]): readonly ScalarSample[] =>
    Object.entries(sides).flatMap(([role, side]) => samples(role, side));

  return {
    families: [
      {
        definition: WEBSOCKET_METRICS.connections,
        collect: () => each((role, { open }) => [{ labels: [role], value: open.size }]),
      },
      {
        definition: WEBSOCKET_METRICS.messages,
        collect: () =>
          each((role, { sent, received }) => [
            { labels: [role, "sent"], value: sent },
            { labels: [role, "received"], value: received },
          ]),
      },
      {
        definition: WEBSOCKET_METRICS.buffered,
        collect: () =>
          each((role, { open }) => {
            const value = guard.run("websockets", () => bufferedBytes(open));
            return value === undefined ? [] : [{ labels: [role], value }];
          }),
      },
    ],
    opened: (role, connection) => {
      sideOf(role).open.add(connection);
    },
    closed: (role, connection) => {
      sideOf(role).open.delete(connection);
    },
    sent: (role) => {
      sideOf(role).sent++;
    },
    received: (role) => {
      sideOf(role).received++;
    },
  };
}

function bufferedBytes(open: ReadonlySet<WebSocketConnection>): number {
  let total = 0;
  for (const { bufferedAmount } of open) total += bufferedAmount;
  return total;
}
