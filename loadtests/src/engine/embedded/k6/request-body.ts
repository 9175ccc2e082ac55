/** Request bodies as k6 makes them: text, bytes, forms, and forms with files. */

import { randomUUID } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

export interface RequestBody {
  readonly content: string | Buffer | null;
  /** What k6 sets when the script did not; null: nothing. */
  readonly contentType: string | null;
}

/** `http.file(data, name, contentType)` */
export class FileData {
  readonly data: string | ArrayBuffer | ArrayBufferView;
  readonly filename: string;
  readonly content_type: string;

  constructor(data: unknown, filename?: unknown, contentType?: unknown) {
    if (typeof data !== "string" && !(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) {
      throw new TypeError("http.file needs a text or bytes");
    }
    this.data = data;
    this.filename = filename === undefined ? `${randomUUID()}` : String(filename);
    this.content_type = contentType === undefined ? "application/octet-stream" : String(contentType);
  }
}

export function readRequestBody(given: unknown): RequestBody {
  if (given === undefined || given === null) return { content: null, contentType: null };
  if (typeof given === "string") return { content: given, contentType: null };
  if (given instanceof ArrayBuffer) return { content: Buffer.from(given), contentType: null };
  if (ArrayBuffer.isView(given)) {
    return { content: Buffer.from(given.buffer, given.byteOffset, given.byteLength), contentType: null };
  }
  if (typeof given === "object") {
    const fields = formFields(given);
    return fields.some(([, value]) => value instanceof FileData) ? multipartBody(fields) : formBody(fields);
  }
  return { content: String(given), contentType: null };
}

function formFields(given: object): [name: string, value: unknown][] {
  return Object.entries(given).flatMap(([name, value]): [string, unknown][] =>
    Array.isArray(value) ? value.map((one) => [name, one]) : [[name, value]],
  );
}

function formBody(fields: readonly [string, unknown][]): RequestBody {
  const encoded = new URLSearchParams(fields.map(([name, value]): [string, string] => [name, String(value)]));
  // k6 sorts keys, as Go's url.Values.Encode does.
  encoded.sort();
  return { content: encoded.toString(), contentType: "application/x-www-form-urlencoded" };
}

/** RFC 7578. */
function multipartBody(fields: readonly [string, unknown][]): RequestBody {
  const boundary = `loopscope-${randomUUID()}`;
  const parts: Buffer[] = [];
  for (const [name, value] of fields) {
    let header = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
    let content: Buffer;
    if (value instanceof FileData) {
      header += `; filename="${quoted(value.filename)}"\r\nContent-Type: ${value.content_type}`;
      content = bytesOf(value.data);
    } else content = Buffer.from(String(value));
    parts.push(Buffer.from(`${header}\r\n\r\n`), content, Buffer.from("\r\n"));
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return { content: Buffer.concat(parts), contentType: `multipart/form-data; boundary=${boundary}` };
}

function quoted(text: string): string {
  return text
    .replace(/\\/g, "\\\\")
    .replace(/"/g, '\\"')
    .replace(/\r\n?|\n/g, "%0D%0A");
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** `params.compression`, applied in the order given. */
export function compressBody(
  content: string | Buffer,
  algorithms: readonly ("gzip" | "deflate" | "br")[],
): Buffer {
  let bytes = typeof content === "string" ? Buffer.from(content) : content;
  for (const algorithm of algorithms) {
    if (algorithm === "gzip") bytes = gzipSync(bytes);
    else if (algorithm === "deflate") bytes = deflateSync(bytes);
    else bytes = brotliCompressSync(bytes);
  }
  return bytes;
}
