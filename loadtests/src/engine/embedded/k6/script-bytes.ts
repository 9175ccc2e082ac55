/** Bytes in and out of k6's modules, which speak of texts and ArrayBuffers. */

export function bytesFromScript(value: unknown, what: string): Buffer {
  if (typeof value === "string") return Buffer.from(value, "utf8");
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return Buffer.from(value as number[]);
  throw new TypeError(`${what} must be a text or bytes, got ${value === null ? "null" : typeof value}`);
}

/** An ArrayBuffer of its own: a Buffer may be a window onto a larger one. */
export function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
