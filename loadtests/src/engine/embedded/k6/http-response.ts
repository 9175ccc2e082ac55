/** k6's Response: read lazily, since most scripts look at the status only. */

import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import type { Exchange } from "../http/exchange.js";
import { exchangeTimings, type RequestTimings, tlsVersionName } from "../http/http-session.js";
import { type ResponseCookie, responseCookies } from "./cookie-jar.js";
import { type HtmlSelection, parseHtml } from "./html-selection.js";
import { selectJson } from "./json-path.js";

export type ResponseType = "text" | "binary" | "none";

/** What the script asked for, as `response.request`. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly cookies: Readonly<Record<string, readonly unknown[]>>;
}

export interface FormSubmission {
  readonly formSelector?: string;
  readonly submitSelector?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly params?: unknown;
}

/** Sends a request that a page leads to. */
export type SendFromPage = (
  method: string,
  url: string,
  body: unknown,
  params: unknown,
) => Promise<HttpResponse>;

export class HttpResponse {
  readonly #exchange: Exchange;
  readonly #responseType: ResponseType;
  readonly #send: SendFromPage;
  readonly url: string;
  status: number;
  error = "";
  error_code = 0;
  #headers: Readonly<Record<string, string>> | null = null;
  #body: string | ArrayBuffer | null | undefined;
  #json: { readonly value: unknown } | null = null;

  constructor(exchange: Exchange, responseType: ResponseType, send: SendFromPage) {
    this.#exchange = exchange;
    this.#responseType = responseType;
    this.#send = send;
    this.url = exchange.target.url;
    this.status = exchange.error === null ? exchange.status : 0;
    if (exchange.error !== null) {
      this.error = exchange.error.message;
      this.error_code = exchange.error.code;
    } else if (exchange.status >= 400) this.error_code = 1000 + exchange.status;
  }

  get status_text(): string {
    return this.#exchange.error === null ? this.#exchange.statusText : "";
  }

  get proto(): string {
    return this.#exchange.error === null ? this.#exchange.proto : "";
  }

  get remote_ip(): string {
    return this.#exchange.peer.address;
  }

  get remote_port(): number {
    return this.#exchange.peer.port;
  }

  get tls_version(): string {
    return tlsVersionName(this.#exchange.peer.tlsVersion);
  }

  get timings(): RequestTimings {
    return exchangeTimings(this.#exchange);
  }

  get request(): SentRequest {
    return sentRequest(this.#exchange);
  }

  /** Names as HTTP writes them (`Content-Type`), repeated ones joined by a comma. */
  get headers(): Readonly<Record<string, string>> {
    if (this.#headers === null) this.#headers = parseHeaders(this.#exchange.headerText);
    return this.#headers;
  }

  /** Cookies that this response sets, by name. */
  get cookies(): Readonly<Record<string, readonly ResponseCookie[]>> {
    const lines = headerLines(this.#exchange.headerText).filter(([name]) => name === "Set-Cookie");
    return responseCookies(lines.map(([, value]) => value));
  }

  get body(): string | ArrayBuffer | null {
    if (this.#body === undefined) this.#body = this.#readBody();
    return this.#body;
  }

  /** @param selector a path as in gjson: `users.0.name`, `items.#.id` */
  json(selector?: string): unknown {
    if (this.#json === null) {
      const { body } = this;
      if (body === null) {
        throw new Error(
          "the body is null so we can't transform it to JSON - this likely was because of a request error getting the response",
        );
      }
      const text = typeof body === "string" ? body : Buffer.from(body).toString("utf8");
      try {
        this.#json = { value: JSON.parse(text) };
      } catch (error) {
        throw new Error(`cannot parse json: ${(error as Error).message}`);
      }
    }
    const { value } = this.#json;
    return selector === undefined ? value : selectJson(value, String(selector));
  }

  html(selector?: string): HtmlSelection {
    const { body } = this;
    if (body === null) throw new Error("the body is null: there is no HTML to read");
    return parseHtml(typeof body === "string" ? body : Buffer.from(body).toString("utf8"), selector);
  }

  /** Sends a form of this page, by default its first, with the values it shows and `fields` over them. */
  submitForm(given: FormSubmission = {}): Promise<HttpResponse> {
    const form = this.html(given.formSelector ?? "form").first();
    if (form.size() === 0)
      throw new Error(`no form found for the selector '${given.formSelector ?? "form"}'`);
    const method = (form.attr("method") ?? "get").toUpperCase();
    const url = new URL(form.attr("action") ?? "", this.url);
    const fields: Record<string, unknown> = { ...form.serializeObject(), ...given.fields };
    const submit = form.find(given.submitSelector ?? '[type="submit"]').first();
    const name = submit.attr("name");
    if (name !== undefined && fields[name] === undefined) fields[name] = submit.attr("value") ?? "";
    if (method !== "GET") return this.#send(method, url.href, fields, given.params);
    for (const [key, value] of Object.entries(fields)) url.searchParams.set(key, String(value));
    return this.#send(method, url.href, null, given.params);
  }

  /** Follows a link of this page, by default its first. */
  clickLink(given: { readonly selector?: string; readonly params?: unknown } = {}): Promise<HttpResponse> {
    const selector = given.selector ?? "a[href]";
    const href = this.html(selector).first().attr("href");
    if (href === undefined) throw new Error(`no element found for selector '${selector}'`);
    return this.#send("GET", new URL(href, this.url).href, null, given.params);
  }

  toJSON(): Record<string, unknown> {
    const { url, status, status_text, proto, headers, body, timings, error, error_code } = this;
    return { url, status, status_text, proto, headers, body, timings, error, error_code };
  }

  #readBody(): string | ArrayBuffer | null {
    const raw = this.#exchange.replyBody;
    if (raw === null || this.#responseType === "none") return null;
    let bytes: Buffer;
    try {
      bytes = raw.length === 0 ? raw : decompress(raw, this.headers["Content-Encoding"]);
    } catch (error) {
      this.error = `decompression: ${(error as Error).message}`;
      this.error_code = 1701;
      return null;
    }
    return this.#responseType === "binary" ? Uint8Array.from(bytes).buffer : bytes.toString("utf8");
  }
}

function decompress(bytes: Buffer, encodings: string | undefined): Buffer {
  if (encodings === undefined) return bytes;
  let result = bytes;
  for (const encoding of encodings.split(",").reverse()) {
    const name = encoding.trim().toLowerCase();
    if (name === "gzip" || name === "x-gzip") result = gunzipSync(result);
    else if (name === "deflate") result = inflateAny(result);
    else if (name === "br") result = brotliDecompressSync(result);
  }
  return result;
}

/** Servers send `deflate` with and without zlib's wrapper. */
function inflateAny(bytes: Buffer): Buffer {
  return ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync(bytes) : inflateRawSync(bytes);
}

/** Go's canonical form, which k6's scripts rely on: `content-type` becomes `Content-Type`. */
export function canonicalHeaderName(name: string): string {
  return name
    .toLowerCase()
    .replace(/(^|-)([a-z])/g, (_all, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** Header lines in order, names in canonical form. */
export function headerLines(text: string): [name: string, value: string][] {
  const lines: [string, string][] = [];
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0)
      lines.push([canonicalHeaderName(line.slice(0, colon).trim()), line.slice(colon + 1).trim()]);
  }
  return lines;
}

function sentRequest(exchange: Exchange): SentRequest {
  const lines = headerLines(exchange.head.slice(exchange.head.indexOf("\r\n") + 2));
  const headers: Record<string, string[]> = {};
  for (const [name, value] of lines) headers[name] = [...(headers[name] ?? []), value];
  const cookies: Record<string, unknown[]> = {};
  for (const pair of (headers.Cookie?.[0] ?? "").split("; ").filter((one) => one !== "")) {
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    cookies[name] = [{ name, value, replace: false }];
  }
  const body = exchange.body === null ? "" : exchange.body.toString();
  return { method: exchange.method, url: exchange.target.url, headers, body, cookies };
}

function parseHeaders(text: string): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of headerLines(text)) {
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}
