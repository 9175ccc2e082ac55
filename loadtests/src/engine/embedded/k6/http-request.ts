/** One call of `http.request`: the requests on the wire that it takes, redirects and authentication included. */

import type { Exchange } from "../http/exchange.js";
import { performRequest } from "../http/http-session.js";
import type { RequestTarget } from "../http/request-target.js";
import type { VirtualUser } from "../run/virtual-user.js";
import { digestAnswer } from "./digest-authentication.js";
import { HttpResponse, headerLines, type SendFromPage, type SentRequest } from "./http-response.js";
import { compressBody, readRequestBody } from "./request-body.js";
import type { RequestParams } from "./request-params.js";

/** A URL and the `name` tag that it is to be counted under. */
export interface NamedUrl {
  readonly url: string;
  readonly name: string;
}

interface Step {
  readonly method: string;
  readonly target: RequestTarget;
  readonly content: string | Buffer | null;
  readonly contentType: string | null;
  readonly authorization: string | null;
  readonly name: string;
}

/** Sends it and follows it to the end. @throws IterationInterrupted; Error when `params.throw` asks for it */
export async function sendHttpRequest(
  user: VirtualUser,
  method: string,
  named: NamedUrl,
  body: unknown,
  params: RequestParams,
  sendFromPage: SendFromPage,
): Promise<HttpResponse> {
  const first = user.run.targets.get(named.url);
  const { content, contentType } = readRequestBody(body);
  const basic = first.credentials !== null && params.auth !== "digest";
  let step: Step = {
    method,
    target: first,
    content:
      content !== null && params.compression.length > 0 ? compressBody(content, params.compression) : content,
    contentType,
    authorization: basic ? `Basic ${Buffer.from(first.credentials).toString("base64")}` : null,
    name: params.tags?.name ?? (first.credentials === null ? named.name : first.url),
  };
  let exchange = await perform(user, step, params);
  if (exchange.status === 401 && params.auth === "digest" && first.credentials !== null) {
    const challenge = headerValues(exchange, "Www-Authenticate").find((value) => /^digest /i.test(value));
    if (challenge !== undefined) {
      step = { ...step, authorization: digestAnswer(challenge, first.credentials, method, first.path) };
      exchange = await perform(user, step, params);
    }
  }
  for (let hops = 0; exchange.status >= 300 && exchange.status < 400 && hops < params.redirects; hops++) {
    const next = redirectStep(user, step, exchange, params.tags?.name);
    if (next === null) break;
    step = next;
    exchange = await perform(user, step, params);
  }
  return respond(user, exchange, step, params, sendFromPage);
}

async function perform(user: VirtualUser, step: Step, params: RequestParams): Promise<Exchange> {
  const { target, method, content, name } = step;
  const exchange = await performRequest(user, {
    method,
    target,
    head: requestHead(user, step, params),
    body: content === null || content.length === 0 ? null : content,
    keepBody: params.responseType !== "none",
    timeoutMs: params.timeoutMs,
    name,
    urlTag: name === target.url || params.tags?.name !== undefined ? target.url : name,
    tags: params.tags,
    // With digest authentication the challenge is part of the plan.
    isExpected:
      params.auth === "digest" && step.authorization === null && params.isExpected !== null
        ? (status) => status === 401 || params.isExpected?.(status) === true
        : params.isExpected,
  });
  if (exchange.headerText !== "" && /^set-cookie:/im.test(exchange.headerText)) {
    params.jar.store(target.url, headerValues(exchange, "Set-Cookie"));
  }
  return exchange;
}

function requestHead(user: VirtualUser, step: Step, params: RequestParams): string {
  const { target, method, content } = step;
  let host = target.authority;
  let agent = user.run.options.userAgent;
  let contentType = step.contentType;
  let authorization = step.authorization;
  let connection = user.run.options.noConnectionReuse ? "close" : "";
  let cookie = cookieHeader(target, params);
  const ids = user.run.requestIds;
  let isToBeNamed = ids !== null && ids.originKey === target.originKey;
  let rest = "";
  for (const [name, value] of params.headers) {
    const lower = name.toLowerCase();
    if (lower === "host") host = value;
    else if (lower === "user-agent") agent = value;
    else if (lower === "content-length" || lower === "transfer-encoding") continue;
    else if (lower === "connection") connection = value;
    else if (lower === "cookie") cookie = cookie === "" ? value : `${cookie}; ${value}`;
    else {
      if (lower === "content-type") contentType = null;
      if (lower === "authorization") authorization = null;
      if (lower === "x-request-id") isToBeNamed = false;
      rest += `${name}: ${Buffer.from(value).toString("latin1")}\r\n`;
    }
  }
  let head = `${method} ${target.path} HTTP/1.1\r\nHost: ${host}\r\n`;
  if (agent !== "") head += `User-Agent: ${agent}\r\n`;
  if (content !== null) {
    head += `Content-Length: ${typeof content === "string" ? Buffer.byteLength(content) : content.length}\r\n`;
    if (params.compression.length > 0) head += `Content-Encoding: ${params.compression.join(", ")}\r\n`;
  } else if (method === "POST" || method === "PUT" || method === "PATCH") head += "Content-Length: 0\r\n";
  if (contentType !== null) head += `Content-Type: ${contentType}\r\n`;
  if (authorization !== null) head += `Authorization: ${authorization}\r\n`;
  if (cookie !== "") head += `Cookie: ${cookie}\r\n`;
  if (isToBeNamed) head += `X-Request-Id: ${ids?.next()}\r\n`;
  if (connection !== "") head += `Connection: ${connection}\r\n`;
  return `${head}${rest}\r\n`;
}

function cookieHeader(target: RequestTarget, params: RequestParams): string {
  const own = params.cookies;
  const fromJar = params.jar.pairs(target.url);
  if (own.length === 0 && fromJar.length === 0) return "";
  const replaced = new Set(own.filter(({ replace }) => replace).map(({ name }) => name));
  const pairs = [
    ...fromJar.filter(([name]) => !replaced.has(name)),
    ...own.map(({ name, value }): [string, string] => [name, value]),
  ];
  return pairs.map(([name, value]) => `${name}=${value}`).join("; ");
}

/** The next step of a redirect (RFC 9110, 15.4), or null when the response is the last. */
function redirectStep(
  user: VirtualUser,
  step: Step,
  exchange: Exchange,
  fixedName: string | undefined,
): Step | null {
  const [location] = headerValues(exchange, "Location");
  const { status } = exchange;
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return null;
  const url = new URL(location, step.target.url).href;
  const target = user.run.targets.get(url);
  const name = fixedName ?? target.url;
  const keepsMethod = status === 307 || status === 308 || step.method === "GET" || step.method === "HEAD";
  // Credentials go to the origin they were meant for, and no further.
  const authorization = target.originKey === step.target.originKey ? step.authorization : null;
  if (keepsMethod) return { ...step, target, name, authorization };
  return { method: "GET", target, content: null, contentType: null, authorization, name };
}

function respond(
  user: VirtualUser,
  exchange: Exchange,
  step: Step,
  params: RequestParams,
  sendFromPage: SendFromPage,
): HttpResponse {
  if (exchange.error !== null) {
    if (params.throwOnError)
      throw new Error(`${step.method} ${exchange.target.url}: ${exchange.error.message}`);
    user.run.log(
      "warn",
      `Request Failed: ${step.method} "${exchange.target.url}": ${exchange.error.message}`,
    );
  }
  return new HttpResponse(exchange, params.responseType, () => sentRequest(exchange, step), sendFromPage);
}

function sentRequest(exchange: Exchange, step: Step): SentRequest {
  const lines = headerLines(exchange.head.slice(exchange.head.indexOf("\r\n") + 2));
  const headers: Record<string, string[]> = {};
  for (const [name, value] of lines) headers[name] = [...(headers[name] ?? []), value];
  const cookies: Record<string, unknown[]> = {};
  for (const pair of (headers.Cookie?.[0] ?? "").split("; ").filter((one) => one !== "")) {
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    cookies[name] = [{ name, value, replace: false }];
  }
  const body = step.content === null ? "" : step.content.toString();
  return { method: step.method, url: exchange.target.url, headers, body, cookies };
}

function headerValues(exchange: Exchange, canonicalName: string): string[] {
  return headerLines(exchange.headerText)
    .filter(([name]) => name === canonicalName)
    .map(([, value]) => value);
}
