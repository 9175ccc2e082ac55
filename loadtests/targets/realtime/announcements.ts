import { EventEmitter } from "node:events";
import type { WebSocket } from "ws";

/** Words from the operator to everyone who is connected, in whatever room. */
export type Announcements = EventEmitter<{ announcement: [text: string] }>;

export function createAnnouncements(): Announcements {
  const announcements: Announcements = new EventEmitter();
  // One listener a connection is no leak; Node's warning at eleven would be wrong here (and is what would
  // have told of the fault below).
  announcements.setMaxListeners(0);
  return announcements;
}

/**
 * Fault `emitter-leak`: the listener is never taken off. Each connection that ever was stays in memory
 * with its socket and its buffers, and each announcement calls them all.
 */
export function followAnnouncementsForGood(
  announcements: Announcements,
  _socket: WebSocket,
  tell: (text: string) => void,
): void {
  announcements.on("announcement", tell);
}

/** The mend: the listener leaves with its connection. */
export function followAnnouncements(
  announcements: Announcements,
  socket: WebSocket,
  tell: (text: string) => void,
): void {
  announcements.on("announcement", tell);
  socket.once("close", () => announcements.off("announcement", tell));
}
