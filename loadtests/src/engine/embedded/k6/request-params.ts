/** The `params` argument of k6's requests, checked. */

import type { Tags } from "../../../measure/metric.js";
import { parseDurationMs } from "../options/option-readers.js";
import type { VirtualUser } from "../run/virtual-user.js";
import { CookieJar } from "./cookie-jar.js";
import { type ExpectedStatuses, readResponseCallback } from "./expected-statuses.js";
import type { ResponseType } from "./http-response.js";

export interface RequestParams {
  /** The script gave none: all is as for every request of the virtual user. */
  readonly isPlain: boolean;
  /** In the script's order and spelling. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly tags: Tags | undefined;
  readonly timeoutMs: number;
  readonly redirects: number;
  readonly responseType: ResponseType;
  readonly auth: "basic" | "digest" | null;
  /** Cookies of this request alone; `replace` beats the jar's of the same name. */
  readonly cookies: readonly { readonly name: string; readonly value: string; readonly replace: boolean }[];
  readonly jar: CookieJar;
  readonly compression: readonly ("gzip" | "deflate" | "br")[];
  readonly isExpected: ExpectedStatuses;
  readonly throwOnError: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** What the script set for all its requests. */
export interface RequestDefaults {
  readonly user: VirtualUser;
  readonly jar: CookieJar;
  readonly isExpected: ExpectedStatuses;
}

/** What a request without parameters has. */
export function plainRequestParams(defaults: RequestDefaults): RequestParams {
  const { options } = defaults.user.run;
  return {
    isPlain: true,
    headers: [],
    tags: undefined,
    timeoutMs: DEFAULT_TIMEOUT_MS,
    redirects: options.maxRedirects,
    responseType: options.discardResponseBodies ? "none" : "text",
    auth: null,
    cookies: [],
    jar: defaults.jar,
    compression: [],
    isExpected: defaults.isExpected,
    throwOnError: options.throwOnError,
  };
}

/** @param given neither null nor undefined. @throws TypeError with one sentence */
export function readRequestParams(given: unknown, plain: RequestParams): RequestParams {
  if (typeof given !== "object" || given === null)
    throw new TypeError(`request params must be an object, got ${typeof given}`);
  const params = { ...plain, isPlain: false } as {
    -readonly [key in keyof RequestParams]: RequestParams[key];
  };
  for (const [key, value] of Object.entries(given)) {
    if (key === "responseCallback" && value === null) params.isExpected = null;
    else if (value !== undefined && value !== null) readParam(params, key, value);
  }
  return params;
}

function readParam(
  params: { -readonly [key in keyof RequestParams]: RequestParams[key] },
  key: string,
  value: unknown,
): void {
  switch (key) {
    case "headers":
      params.headers = Object.entries(value as object)
        .filter(([, one]) => one !== undefined && one !== null)
        .map(([name, one]) => checkedHeader(name, String(one)));
      break;
    case "tags":
      params.tags = Object.fromEntries(
        Object.entries(value as object).map(([name, one]) => [name, String(one)]),
      );
      break;
    case "timeout": {
      const timeoutMs = parseDurationMs(value);
      if (timeoutMs === undefined)
        throw new TypeError(`params.timeout must be a duration, got ${JSON.stringify(value)}`);
      params.timeoutMs = timeoutMs === 0 ? DEFAULT_TIMEOUT_MS : timeoutMs;
      break;
    }
    case "redirects":
      params.redirects = Number(value);
      break;
    case "responseType":
      if (value !== "text" && value !== "binary" && value !== "none") {
        throw new TypeError(`params.responseType must be text, binary or none, got ${JSON.stringify(value)}`);
      }
      params.responseType = value;
      break;
    case "auth":
      if (value !== "basic" && value !== "digest") {
        throw new TypeError(`params.auth must be basic or digest here, got ${JSON.stringify(value)}`);
      }
      params.auth = value;
      break;
    case "cookies":
      params.cookies = Object.entries(value as object).map(readCookie);
      break;
    case "jar":
      if (!(value instanceof CookieJar))
        throw new TypeError("params.jar must be made by new http.CookieJar()");
      params.jar = value;
      break;
    case "compression":
      params.compression = readCompression(String(value));
      break;
    case "responseCallback":
      params.isExpected = readResponseCallback(value);
      break;
    case "throw":
      params.throwOnError = Boolean(value);
      break;
    default:
      break;
  }
}

function checkedHeader(name: string, value: string): readonly [string, string] {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name))
    throw new TypeError(`${JSON.stringify(name)} is no header name`);
  if (/[\r\n\0]/.test(value)) throw new TypeError(`the header ${name} must not contain line breaks`);
  return [name, value];
}

function readCookie([name, stated]: [string, unknown]): { name: string; value: string; replace: boolean } {
  if (typeof stated === "object" && stated !== null) {
    const { value, replace } = stated as { value?: unknown; replace?: unknown };
    return { name, value: String(value), replace: replace === true };
  }
  return { name, value: String(stated), replace: false };
}

function readCompression(stated: string): ("gzip" | "deflate" | "br")[] {
  return stated.split(",").map((one) => {
    const name = one.trim();
    if (name !== "gzip" && name !== "deflate" && name !== "br") {
      throw new TypeError(`params.compression must be gzip, deflate or br, got ${JSON.stringify(name)}`);
    }
    return name;
  });
}
