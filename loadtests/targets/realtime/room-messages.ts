/** What clients and rooms say to each other: JSON texts with a `type`. */

export type ClientMessage =
  | { readonly type: "join"; readonly room: string }
  | { readonly type: "leave" }
  | { readonly type: "message"; readonly text: string }
  | { readonly type: "ping" };

export type ServerMessage =
  | { readonly type: "welcome"; readonly userId: string; readonly room: string; readonly members: number }
  | {
      readonly type: "joined" | "left";
      readonly room: string;
      readonly users: string[];
      readonly members: number;
    }
  | {
      readonly type: "message";
      readonly room: string;
      readonly from: string;
      readonly text: string;
      /** Milliseconds since the Unix epoch. */
      readonly at: number;
      /** Counts up by one a message and room: a client sees a gap. */
      readonly sequence: number;
    }
  | { readonly type: "announcement"; readonly text: string }
  | { readonly type: "pong"; readonly at: number }
  | { readonly type: "error"; readonly code: MessageErrorCode; readonly message: string };

export type MessageErrorCode =
  | "invalid-json"
  | "binary"
  | "unknown-type"
  | "invalid-text"
  | "invalid-room"
  | "too-many-rooms"
  | "no-room";

/** A message that made no sense: the sender is told why, and stays connected. */
export class MessageError extends Error {
  readonly code: MessageErrorCode;

  constructor(code: MessageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const MAX_TEXT_CHARACTERS = 10_000;

/** @throws MessageError */
export function parseClientMessage(text: string): ClientMessage {
  const value = parsed(text);
  switch (value.type) {
    case "ping":
    case "leave":
      return { type: value.type };
    case "join":
      return { type: "join", room: roomName(value.room) };
    case "message":
      if (typeof value.text !== "string" || value.text === "" || value.text.length > MAX_TEXT_CHARACTERS) {
        throw new MessageError("invalid-text", `text must have 1 to ${MAX_TEXT_CHARACTERS} characters`);
      }
      return { type: "message", text: value.text };
    default:
      throw new MessageError("unknown-type", "type must be one of join, leave, message, ping");
  }
}

/** @throws MessageError */
export function roomName(name: unknown): string {
  if (typeof name === "string" && /^[\w-]{1,64}$/.test(name)) return name;
  throw new MessageError("invalid-room", "a room's name has 1 to 64 letters, digits, _ or -");
}

function parsed(text: string): { type?: unknown; room?: unknown; text?: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MessageError("invalid-json", "this is not valid JSON");
  }
  if (typeof value !== "object" || value === null) {
    throw new MessageError("invalid-json", "a message is a JSON object");
  }
  return value;
}
