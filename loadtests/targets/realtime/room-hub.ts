import type { Member } from "./member.js";
import { Room } from "./room.js";
import type { Broadcast } from "./room-broadcast.js";
import { MessageError } from "./room-messages.js";

const MAX_ROOMS = 1_000;

/** Every room that has someone in it. */
export class RoomHub {
  readonly #broadcast: Broadcast;
  readonly #presenceMs: number;
  readonly #rooms = new Map<string, Room>();

  constructor(broadcast: Broadcast, presenceMs: number) {
    this.#broadcast = broadcast;
    this.#presenceMs = presenceMs;
  }

  /** @throws MessageError when one more room would be too many. */
  enter(name: string, member: Member): Room {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      if (this.#rooms.size >= MAX_ROOMS) {
        throw new MessageError("too-many-rooms", `there are ${MAX_ROOMS} rooms already`);
      }
      room = new Room(name, this.#broadcast, this.#presenceMs);
      this.#rooms.set(name, room);
    }
    room.enter(member);
    return room;
  }

  leave(room: Room, member: Member): void {
    room.leave(member);
    if (room.size === 0) this.#rooms.delete(room.name);
  }

  /** Members by room. */
  sizes(): Record<string, number> {
    return Object.fromEntries([...this.#rooms.values()].map((room) => [room.name, room.size]));
  }
}
