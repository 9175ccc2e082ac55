/**
 * An incremental HTTP/1.x response reader (RFC 9112). It is fed bytes of a buffer that is reused, so it copies what
 * it keeps. One scanner serves one connection, one response at a time; whatever follows a finished response
 * on the wire makes the connection unfit for reuse, and is never read as the answer to a later request.
 */

/** A header section longer than this is refused. */
const MAX_HEADER_BYTES = 256 * 1024;
/** Bodies up to this announced length are read into one buffer; longer or unannounced ones into pieces. */
const MAX_PREALLOCATED_BYTES = 16 * 1024 * 1024;

type Stage =
  | "head"
  | "fixed-body"
  | "until-close"
  | "chunk-size"
  | "chunk-data"
  | "chunk-end"
  | "trailers"
  | "done";

export class ResponseScanner {
  status = 0;
  statusText = "";
  /** The server speaks HTTP/1.0. */
  isHttp10 = false;
  /** Lines between the status line and the empty line, CRLF between them, latin1. */
  headerText = "";
  /** Bytes of the body received, kept or not. */
  bodyBytes = 0;
  /** Whether the connection may carry another request. */
  keepAlive = false;
  /** Seconds after which the server says it closes idle connections; 0 when it does not say. */
  keepAliveSeconds = 0;
  /** Why the response cannot be read; null while it can. */
  malformed: string | null = null;

  #stage: Stage = "done";
  #isHead = false;
  #keepBody = true;
  #remaining = 0;
  #hasFixedLength = false;
  #pieces: Buffer[] = [];
  #fixed: Buffer | null = null;
  /** Bytes of an unfinished head or chunk line, from earlier reads. */
  #pending: Buffer | null = null;

  /** Whether the head alone says how long the body is. */
  get hasFixedLength(): boolean {
    return this.#hasFixedLength;
  }

  get isDone(): boolean {
    return this.#stage === "done";
  }

  /** Whether the end of the connection is the proper end of the response. */
  get endsWithConnection(): boolean {
    return this.#stage === "until-close";
  }

  /** Makes ready for the response to a request. @param isHead a HEAD request: no body whatever the headers say */
  begin(isHead: boolean, keepBody: boolean): void {
    this.#stage = "head";
    this.#isHead = isHead;
    this.#keepBody = keepBody;
    if (this.#pieces.length > 0) this.#pieces = [];
    this.#fixed = null;
    this.#pending = null;
    this.bodyBytes = 0;
    this.malformed = null;
  }

  /** The body so far, in a buffer of its own. */
  takeBody(): Buffer {
    if (this.#fixed !== null) return this.#fixed;
    const [only] = this.#pieces;
    return this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
  }

  /** Reads on. @returns how many of the bytes belong to this response; fewer than given means excess bytes */
  feed(bytes: Buffer): number {
    let position = 0;
    while (position < bytes.length && this.#stage !== "done" && this.malformed === null) {
      position = this.#step(bytes, position);
    }
    return position;
  }

  #step(bytes: Buffer, position: number): number {
    switch (this.#stage) {
      case "head":
        return this.#readHead(bytes, position);
      case "fixed-body":
      case "chunk-data": {
        const end = Math.min(bytes.length, position + this.#remaining);
        this.#keep(bytes, position, end);
        this.#remaining -= end - position;
        if (this.#remaining === 0) this.#stage = this.#stage === "fixed-body" ? "done" : "chunk-end";
        return end;
      }
      case "until-close":
        this.#keep(bytes, position, bytes.length);
        return bytes.length;
      default:
        return this.#readChunkLine(bytes, position);
    }
  }

  #readHead(bytes: Buffer, position: number): number {
    const before = this.#pending?.length ?? 0;
    const all = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes.subarray(position)]);
    const start = this.#pending === null ? position : 0;
    const end = all.indexOf("\r\n\r\n", start, "latin1");
    if (end === -1) {
      if (all.length - start > MAX_HEADER_BYTES) this.malformed = "the header section is too long";
      this.#pending = this.#pending === null ? Buffer.from(all.subarray(start)) : all;
      if (!startsLikeHttp(this.#pending)) this.malformed = "the reply is not HTTP/1";
      return bytes.length;
    }
    this.#pending = null;
    this.#parseHead(all.toString("latin1", start, end));
    return before > 0 ? position + (end + 4 - before) : end + 4;
  }

  #parseHead(head: string): void {
    const lineEnd = head.indexOf("\r\n");
    const statusLine = lineEnd === -1 ? head : head.slice(0, lineEnd);
    const status = Number(statusLine.slice(9, 12));
    if (!statusLine.startsWith("HTTP/1.") || !Number.isInteger(status) || status < 100) {
      this.malformed = "the reply is not HTTP/1";
      return;
    }
    // Interim responses (RFC 9110, 15.2): the final one follows. 101 ends HTTP on this connection.
    if (status < 200 && status !== 101) return;
    this.status = status;
    this.statusText = statusLine.slice(9);
    this.headerText = lineEnd === -1 ? "" : head.slice(lineEnd + 2);
    this.isHttp10 = statusLine.charCodeAt(7) === 48;
    this.keepAlive = !this.isHttp10 && status !== 101;
    this.keepAliveSeconds = 0;
    this.#readFraming();
  }

  /** Which of the ways to end a body applies: RFC 9112, 6.3. */
  #readFraming(): void {
    let contentLength = -1;
    let chunked = false;
    let encoded = false;
    const text = this.headerText;
    for (let start = 0; start < text.length; ) {
      let end = text.indexOf("\r\n", start);
      if (end === -1) end = text.length;
      const colon = text.indexOf(":", start);
      if (colon !== -1 && colon < end) {
        const nameLength = colon - start;
        if (nameLength === 14 && isName(text, start, "content-length")) {
          const stated = text.slice(colon + 1, end).trim();
          const length = /^\d+$/.test(stated) ? Number(stated) : Number.NaN;
          if (Number.isNaN(length) || (contentLength !== -1 && contentLength !== length)) {
            this.malformed = `the content-length ${JSON.stringify(stated)} makes no sense`;
            return;
          }
          contentLength = length;
        } else if (nameLength === 10 && isName(text, start, "connection")) {
          const value = text.slice(colon + 1, end).toLowerCase();
          if (value.includes("close")) this.keepAlive = false;
          else if (value.includes("keep-alive") && this.status !== 101) this.keepAlive = true;
        } else if (nameLength === 10 && isName(text, start, "keep-alive")) {
          this.keepAliveSeconds = Number(/timeout=(\d+)/i.exec(text.slice(colon + 1, end))?.[1] ?? 0);
        } else if (nameLength === 17 && isName(text, start, "transfer-encoding")) {
          encoded = true;
          chunked = /(^|[\s,])chunked\s*$/i.test(text.slice(colon + 1, end));
        }
      }
      start = end + 2;
    }
    this.#chooseStage(contentLength, chunked, encoded);
  }

  #chooseStage(contentLength: number, chunked: boolean, encoded: boolean): void {
    const { status } = this;
    this.#hasFixedLength = !chunked && !encoded && contentLength !== -1;
    if (this.#isHead || status === 204 || status === 304 || status === 101) this.#stage = "done";
    else if (chunked) this.#stage = "chunk-size";
    else if (encoded || contentLength === -1) {
      this.#stage = "until-close";
      this.keepAlive = false;
    } else if (contentLength === 0) this.#stage = "done";
    else {
      this.#stage = "fixed-body";
      this.#remaining = contentLength;
      if (this.#keepBody && contentLength <= MAX_PREALLOCATED_BYTES)
        this.#fixed = Buffer.allocUnsafe(contentLength);
    }
  }

  /** The lines around chunks: a size, the empty end of a chunk, trailers. */
  #readChunkLine(bytes: Buffer, position: number): number {
    const newline = bytes.indexOf(10, position);
    const end = newline === -1 ? bytes.length : newline + 1;
    const piece = bytes.subarray(position, end);
    const line = this.#pending === null ? piece : Buffer.concat([this.#pending, piece]);
    if (newline === -1) {
      if (line.length > MAX_HEADER_BYTES) this.malformed = "a line between chunks is too long";
      this.#pending = Buffer.from(line);
      return end;
    }
    this.#pending = null;
    const text = line.toString("latin1").trimEnd();
    if (this.#stage === "trailers") {
      if (text === "") this.#stage = "done";
    } else if (this.#stage === "chunk-end") {
      if (text === "") this.#stage = "chunk-size";
      else this.malformed = "a chunk is longer than it says";
    } else {
      const size = /^[0-9a-f]{1,12}(?=\s*(;|$))/i.exec(text)?.[0];
      if (size === undefined)
        this.malformed = `the chunk size ${JSON.stringify(text.slice(0, 40))} makes no sense`;
      this.#remaining = Number.parseInt(size ?? "0", 16);
      this.#stage = this.#remaining === 0 ? "trailers" : "chunk-data";
    }
    return end;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    if (this.#keepBody) {
      if (this.#fixed !== null) bytes.copy(this.#fixed, this.bodyBytes, start, end);
      else this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
    }
    this.bodyBytes += end - start;
  }
}

function startsLikeHttp(bytes: Buffer): boolean {
  const expected = "HTTP/1.";
  return bytes.toString("latin1", 0, expected.length) === expected.slice(0, bytes.length);
}

/** Whether the header name at `start` is `name`, which is in lower case. */
function isName(text: string, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const wanted = name.charCodeAt(index);
    const code = text.charCodeAt(start + index);
    if (code !== wanted && !(code >= 65 && code <= 90 && code + 32 === wanted)) return false;
  }
  return true;
}
