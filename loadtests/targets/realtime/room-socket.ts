import { randomUUID } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import { epochMs } from "../../src/clock.js";
import { type Announcements, followAnnouncements, followAnnouncementsForGood } from "./announcements.js";
import { Member, type MemberCounts } from "./member.js";
import type { Room } from "./room.js";
import type { RoomHub } from "./room-hub.js";
import { type ClientMessage, MessageError, parseClientMessage, roomName } from "./room-messages.js";

export interface RoomSocketSettings {
  readonly hub: RoomHub;
  readonly announcements: Announcements;
  readonly counts: MemberCounts & { receivedMessages: number };
  /** What a client may leave unread before it is let go. */
  readonly maxBufferedBytes: number;
  /** The fault `emitter-leak`. */
  readonly leakListeners: boolean;
}

/**
 * Serves one client from its first word to its last. `room` is where it begins; the name comes from the
 * URL.
 */
export function serveRoomSocket(socket: WebSocket, room: string, settings: RoomSocketSettings): void {
  const { hub, announcements, counts, maxBufferedBytes, leakListeners } = settings;
  const member = new Member(randomUUID(), epochMs(), socket, { maxBufferedBytes, counts });
  let current: Room | null = null;

  const enter = (name: string) => {
    if (current?.name === name) return;
    leave();
    current = hub.enter(name, member);
  };
  const leave = () => {
    if (current !== null) hub.leave(current, member);
    current = null;
  };
  const act = (message: ClientMessage) => {
    if (message.type === "ping") member.say({ type: "pong", at: epochMs() });
    else if (message.type === "join") enter(message.room);
    else if (current === null) throw new MessageError("no-room", "join a room first");
    else if (message.type === "leave") leave();
    else current.speak(member, message.text);
  };
  const answerErrors = (attempt: () => void) => {
    try {
      attempt();
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      member.say({ type: "error", code: error.code, message: error.message });
    }
  };

  socket.on("message", (data, isBinary) => {
    counts.receivedMessages += 1;
    answerErrors(() => act(parseClientMessage(textOf(data, isBinary))));
  });
  socket.on("close", leave);
  const follow = leakListeners ? followAnnouncementsForGood : followAnnouncements;
  follow(announcements, socket, (text) => member.say({ type: "announcement", text }));
  answerErrors(() => enter(roomName(room)));
}

function textOf(data: RawData, isBinary: boolean): string {
  if (isBinary) throw new MessageError("binary", "messages are JSON texts, not bytes");
  return data.toString();
}
