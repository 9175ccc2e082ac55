/** One call of `http.request`: the requests on the wire that it takes, redirects and authentication included. */

import type { Exchange } from "../http/exchange.js";
import { performRequest, type RequestWaiter, sendRequest } from "../http/http-session.js";
import type { RequestPlan } from "../http/request-plan.js";
import type { RequestTarget } from "../http/request-target.js";
import type { IterationInterrupted } from "../run/script-interruption.js";
import type { VirtualUser } from "../run/virtual-user.js";
import { digestAnswer } from "./digest-authentication.js";
import { HttpResponse, headerLines, type SendFromPage } from "./http-response.js";
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

/** What all requests of a virtual user have in common. */
export interface HttpSender {
  readonly user: VirtualUser;
  readonly sendFromPage: SendFromPage;
}

/** Follows it to the end. Rejects with IterationInterrupted, or the error that `params.throw` asks for. */
export function sendHttpRequest(
  sender: HttpSender,
  method: string,
  named: NamedUrl,
  body: unknown,
  params: RequestParams,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const target = sender.user.run.targets.get(named.url);
    const plan = plannedBefore(sender.user, method, target, named, body, params);
    const call = new HttpCall(sender, params, resolve, reject);
    if (plan !== null) sendRequest(sender.user, plan, call);
    else call.begin(firstStep(method, target, named, body, params));
  });
}

function firstStep(
  method: string,
  target: RequestTarget,
  named: NamedUrl,
  body: unknown,
  params: RequestParams,
): Step {
  const { credentials } = target;
  const { content, contentType } = readRequestBody(body);
  const isBasic = credentials !== null && params.auth !== "digest";
  return {
    method,
    target,
    content:
      content !== null && params.compression.length > 0 ? compressBody(content, params.compression) : content,
    contentType,
    authorization: isBasic ? `Basic ${Buffer.from(credentials).toString("base64")}` : null,
    name: params.tags?.name ?? (credentials === null ? named.name : target.url),
  };
}

/** One call, from its first request to its last. */
class HttpCall implements RequestWaiter {
  readonly #sender: HttpSender;
  readonly #params: RequestParams;
  readonly #resolve: (response: HttpResponse | Promise<HttpResponse>) => void;
  readonly #reject: (error: unknown) => void;
  /** Null: a request like one before, without parameters and body. */
  #step: Step | null = null;

  constructor(
    sender: HttpSender,
    params: RequestParams,
    resolve: (response: HttpResponse | Promise<HttpResponse>) => void,
    reject: (error: unknown) => void,
  ) {
    this.#sender = sender;
    this.#params = params;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(step: Step): void {
    const { user } = this.#sender;
    this.#step = step;
    sendRequest(user, planRequest(user, step, this.#params), this);
  }

  onInterrupted(error: IterationInterrupted): void {
    this.#reject(error);
  }

  onEnded(exchange: Exchange): void {
    const params = this.#params;
    try {
      keepCookies(exchange, params);
      const goesOn =
        digestCredentials(exchange, params) !== null || (isRedirect(exchange) && params.redirects > 0);
      this.#resolve(goesOn ? this.#followOn(exchange) : this.#respond(exchange));
    } catch (error) {
      this.#reject(error);
    }
  }

  async #followOn(answered: Exchange): Promise<HttpResponse> {
    const params = this.#params;
    let exchange = answered;
    let step = this.#step ?? plainStep(exchange.plan);
    const credentials = digestCredentials(exchange, params);
    if (credentials !== null) {
      const challenge = headerValues(exchange, "Www-Authenticate").find((value) => /^digest /i.test(value));
      if (challenge !== undefined) {
        step = {
          ...step,
          authorization: digestAnswer(challenge, credentials, step.method, step.target.path),
        };
        exchange = await this.#perform(step);
      }
    }
    for (let hops = 0; isRedirect(exchange) && hops < params.redirects; hops++) {
      const next = redirectStep(this.#sender.user, step, exchange, params.tags?.name);
      if (next === null) break;
      step = next;
      exchange = await this.#perform(step);
    }
    return this.#respond(exchange);
  }

  async #perform(step: Step): Promise<Exchange> {
    const { user } = this.#sender;
    const exchange = await performRequest(user, planRequest(user, step, this.#params));
    keepCookies(exchange, this.#params);
    return exchange;
  }

  /** @throws the request's error when `params.throw` asks for it */
  #respond(exchange: Exchange): HttpResponse {
    const { user, sendFromPage } = this.#sender;
    const { error, method, target } = exchange;
    if (error !== null) {
      if (this.#params.throwOnError) throw new Error(`${method} ${target.url}: ${error.message}`);
      user.run.log("warn", `Request Failed: ${method} "${target.url}": ${error.message}`);
    }
    return new HttpResponse(exchange, this.#params.responseType, sendFromPage);
  }
}

/** What to answer a server with that asks for digest authentication; null: it does not, or there are none. */
function digestCredentials({ status, target }: Exchange, params: RequestParams): string | null {
  return status === 401 && params.auth === "digest" ? target.credentials : null;
}

function isRedirect({ status }: Exchange): boolean {
  return status >= 300 && status < 400;
}

function keepCookies(exchange: Exchange, params: RequestParams): void {
  if (exchange.headerText !== "" && /^set-cookie:/im.test(exchange.headerText)) {
    params.jar.store(exchange.target.url, headerValues(exchange, "Set-Cookie"));
  }
}

/** The plan of the last such request to the target, where nothing can have changed since; null: make one. */
function plannedBefore(
  user: VirtualUser,
  method: string,
  target: RequestTarget,
  named: NamedUrl,
  body: unknown,
  params: RequestParams,
): RequestPlan | null {
  const plan = target.plainPlan;
  if (plan === null || !params.isPlain || (body !== null && body !== undefined)) return null;
  if (plan.method !== method || plan.name !== named.name || plan.isExpected !== params.isExpected)
    return null;
  return isAlwaysAlike(user, target, params) ? plan : null;
}

function isAlwaysAlike(user: VirtualUser, target: RequestTarget, params: RequestParams): boolean {
  const ids = user.run.requestIds;
  return target.credentials === null && params.jar.isEmpty && ids?.originKey !== target.originKey;
}

function plainStep({ method, target, name }: RequestPlan): Step {
  return { method, target, content: null, contentType: null, authorization: null, name };
}

function planRequest(user: VirtualUser, step: Step, params: RequestParams): RequestPlan {
  const { target, method, content, name } = step;
  const plan: RequestPlan = {
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
  };
  const isPlain =
    params.isPlain && content === null && step.contentType === null && step.authorization === null;
  if (isPlain && isAlwaysAlike(user, target, params)) target.plainPlan = plan;
  return plan;
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

function headerValues(exchange: Exchange, canonicalName: string): string[] {
  return headerLines(exchange.headerText)
    .filter(([name]) => name === canonicalName)
    .map(([, value]) => value);
}
