import { defineMetrics } from "./metric-definition";

const ROLE = ["role"] as const;

/** WebSocket connections, told apart by which end this process is: server or client. */
export const WEBSOCKET_METRICS = defineMetrics({
  connections: {
    name: "loopscope_websocket_connections",
    type: "gauge",
    unit: "none",
    help: "Open WebSocket connections, by which end this process is (server, client)",
    labels: ROLE,
    source: "loopscope",
  },
  messages: {
    name: "loopscope_websocket_messages_total",
    type: "counter",
    unit: "none",
    help: "WebSocket messages, by direction (sent, received)",
    labels: ["role", "direction"],
    source: "loopscope",
  },
  buffered: {
    name: "loopscope_websocket_buffered_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Sent by the application and not yet taken by the network, over all open WebSocket connections",
    labels: ROLE,
    source: "loopscope",
  },
});
