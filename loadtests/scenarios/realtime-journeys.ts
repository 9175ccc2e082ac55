/** What people do in the rooms: the steps that its scenarios are made of. */

import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";
import { Counter, Trend } from "k6/metrics";
import { clearInterval, setInterval, setTimeout } from "k6/timers";
import { WebSocket } from "k6/websockets";

const BASE_URL = __ENV.BASE_URL ?? "http://127.0.0.1:3000";
/** Visitors who come one after the other meet in one room: more visitors are more rooms, not larger ones. */
const ROOM_VISITORS = 150;
const VISIT_MS = 8_000;
const TALK_EVERY_MS = 3_500;

/** Time from saying something to hearing it from the room, milliseconds. */
const roomEcho = new Trend("room_echo", true);
const heardMessages = new Counter("room_messages_heard");

/** For `setup`: fails early when the service is not there. */
export function checkRealtime(): void {
  const health = http.get(`${BASE_URL}/healthz`, { tags: { name: "GET /healthz" } });
  if (health.status !== 200) exec.test.abort(`${BASE_URL} is not the realtime service, or not well`);
}

/** Enters a room, says something twice, listens to everyone, and leaves after eight seconds. */
export function visitRoom(): void {
  const visitor = `${exec.scenario.name}-${exec.scenario.iterationInTest}`;
  const room = `room-${Math.floor(exec.scenario.iterationInTest / ROOM_VISITORS)}`;
  const socket = new WebSocket(`${BASE_URL.replace(/^http/, "ws")}/ws?room=${room}`);
  let welcomed = false;
  let echoes = 0;
  let said = 0;

  socket.onopen = () => {
    const talking = setInterval(() => {
      said += 1;
      socket.send(JSON.stringify({ type: "message", text: `${visitor} ${Date.now()}` }));
    }, TALK_EVERY_MS);
    setTimeout(() => {
      clearInterval(talking);
      socket.send(JSON.stringify({ type: "ping" }));
    }, VISIT_MS);
  };
  socket.onmessage = (event) => {
    const message = JSON.parse(String(event?.data)) as { type: string; text?: string };
    if (message.type === "welcome") welcomed = true;
    if (message.type === "message") {
      heardMessages.add(1);
      const [speaker, saidAt] = (message.text ?? "").split(" ");
      if (speaker === visitor) {
        echoes += 1;
        roomEcho.add(Date.now() - Number(saidAt));
      }
    }
    // What was said before the ping is heard before the pong.
    if (message.type === "pong") {
      check(null, {
        welcomed: () => welcomed,
        "heard what was said": () => said > 0 && echoes === said,
      });
      socket.close();
    }
  };
  socket.onerror = () => {
    check(null, { "no socket failed": () => false });
  };
}
