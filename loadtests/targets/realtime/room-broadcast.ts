import type { Member } from "./member.js";
import type { ServerMessage } from "./room-messages.js";

export type Broadcast = (members: ReadonlyMap<string, Member>, message: ServerMessage) => void;

/**
 * Fault `chatty-broadcast`: every message tells every member about every member, and is written anew for each.
 * In a room of n that is n texts with n names: a thousand members make a million names of one "hello".
 */
export const broadcastChatty: Broadcast = (members, message) => {
  const roster = [...members.values()].map(({ userId, joinedAt }) => ({ userId, joinedAt, online: true }));
  for (const member of members.values()) member.send(JSON.stringify({ ...message, roster }));
};

/** The mend: the message as it is, written once, its bytes shared by all. */
export const broadcastOnce: Broadcast = (members, message) => {
  const bytes = Buffer.from(JSON.stringify(message));
  for (const member of members.values()) member.send(bytes);
};
