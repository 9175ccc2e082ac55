// Covers: k6/websockets: open, message, close, error, addEventListener and on-properties, send text and binary, ping and pong, headers
import { check } from "k6";
import { WebSocket } from "k6/websockets";

export const options = {
  iterations: 2,
  thresholds: { ws_sessions: ["count==2"], ws_msgs_received: ["count==6"] },
};

export default function () {
  const socket = new WebSocket(__ENV.BASE.replace("http", "ws"), null, { headers: { "X-Agent": "k6" } });
  socket.binaryType = "arraybuffer";
  const received = [];
  let ponged = false;
  socket.onopen = () => {
    socket.send("hello");
    socket.send(new Uint8Array([1, 2, 3]).buffer);
    socket.ping();
  };
  socket.addEventListener("pong", () => {
    ponged = true;
    if (received.length === 3) socket.close();
  });
  socket.addEventListener("message", (event) => {
    received.push(event.data);
    if (received.length === 3 && ponged) socket.close();
  });
  socket.onclose = () => {
    check(received, {
      welcomed: (all) => JSON.parse(all[0]).agent === "k6",
      echoed: (all) => all[1] === "hello",
      "binary echoed": (all) => new Uint8Array(all[2])[2] === 3,
    });
    check(ponged, { ponged: (p) => p });
  };
  socket.onerror = (event) => console.error(event.error);
}
