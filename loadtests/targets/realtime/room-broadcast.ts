import type { Member } from "./member.js";
import type { ServerMessage } from "./room-messages.js";

export type Broadcast = (members: ReadonlyMap<string, Member>, message: ServerMessage) => void;

/**
 * Fault `chatty-broadcast`: every message tells every member everything about every member, and is
 * written anew for each. In a room of n that is n texts with n profiles: two hundred members make forty
 * thousand profiles of one "hello".
 */
export const broadcastChatty: Broadcast = (members, message) => {
  const roster = [...members.values()].map(profileOf);
  for (const member of members.values()) member.send(JSON.stringify({ ...message, roster }));
};

function profileOf({ userId, joinedAt }: Member) {
  return {
    userId,
    joinedAt,
    online: true,
    status: "Here, and happy to be asked about tea, coffee and everything between.",
    avatar: {
      small: `https://avatars.example/${userId}/64.png`,
      large: `https://avatars.example/${userId}/512.png`,
    },
    may: ["read", "write", "invite", "mention"],
  };
}

/** The mend: the message as it is, written once, its bytes shared by all. */
export const broadcastOnce: Broadcast = (members, message) => {
  const bytes = Buffer.from(JSON.stringify(message));
  for (const member of members.values()) member.send(bytes);
};
