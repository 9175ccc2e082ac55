import { epochMs } from "../../src/clock.js";
import type { Member } from "./member.js";
import type { Broadcast } from "./room-broadcast.js";

/** People and whoever they talk to. */
export class Room {
  readonly name: string;
  readonly #broadcast: Broadcast;
  readonly #presenceMs: number;
  readonly #members = new Map<string, Member>();
  #arrived: string[] = [];
  #departed: string[] = [];
  #presenceTimer: NodeJS.Timeout | undefined;
  #sequence = 0;

  /**
   * @param presenceMs arrivals and departures are told together, this often at most: a thousand people who
   *   come in one second are ten messages to each and not a thousand.
   */
  constructor(name: string, broadcast: Broadcast, presenceMs: number) {
    this.name = name;
    this.#broadcast = broadcast;
    this.#presenceMs = presenceMs;
  }

  get size(): number {
    return this.#members.size;
  }

  enter(member: Member): void {
    this.#members.set(member.userId, member);
    member.say({ type: "welcome", userId: member.userId, room: this.name, members: this.size });
    this.#arrived.push(member.userId);
    this.#tellPresenceSoon();
  }

  leave(member: Member): void {
    if (!this.#members.delete(member.userId)) return;
    this.#departed.push(member.userId);
    this.#tellPresenceSoon();
  }

  /** Everyone hears it, the speaker included: so a client knows that it was said. */
  speak(from: Member, text: string): void {
    this.#sequence += 1;
    this.#broadcast(this.#members, {
      type: "message",
      room: this.name,
      from: from.userId,
      text,
      at: epochMs(),
      sequence: this.#sequence,
    });
  }

  #tellPresenceSoon(): void {
    this.#presenceTimer ??= setTimeout(() => {
      this.#presenceTimer = undefined;
      this.#tellPresence();
    }, this.#presenceMs);
  }

  #tellPresence(): void {
    const told = { room: this.name, members: this.size };
    if (this.#arrived.length > 0) {
      this.#broadcast(this.#members, { type: "joined", users: this.#arrived, ...told });
      this.#arrived = [];
    }
    if (this.#departed.length > 0) {
      this.#broadcast(this.#members, { type: "left", users: this.#departed, ...told });
      this.#departed = [];
    }
  }
}
