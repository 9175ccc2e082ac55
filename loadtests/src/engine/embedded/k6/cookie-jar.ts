/** k6's CookieJar over tough-cookie, which knows the rules of RFC 6265. */

import { createRequire } from "node:module";
import type { Cookie, CookieJar as Jar } from "tough-cookie";

export class CookieJar {
  /** Most scripts never see a cookie: then there is none to ask. */
  #jar: Jar | null = null;
  #isEmpty = true;

  /** Whether no request can carry a cookie of it. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Cookies that a request to `url` would carry: each name with its values. */
  cookiesForURL(url: string): Record<string, string[]> {
    const cookies: Record<string, string[]> = {};
    for (const { key, value } of this.#matching(String(url))) cookies[key] = [...(cookies[key] ?? []), value];
    return cookies;
  }

  /** @param options domain, path, expires (a date as text), max_age (seconds), secure, http_only */
  set(url: string, name: string, value: unknown, options: Readonly<Record<string, unknown>> = {}): boolean {
    const { domain, path, expires, max_age: maxAge, secure, http_only: httpOnly } = options;
    const cookie = new (toughCookie().Cookie)({
      key: String(name),
      value: String(value),
      ...(domain === undefined ? {} : { domain: String(domain) }),
      ...(path === undefined ? {} : { path: String(path) }),
      ...(expires === undefined ? {} : { expires: new Date(String(expires)) }),
      ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
      secure: secure === true,
      httpOnly: httpOnly === true,
    });
    return this.#keep(cookie, String(url)) !== undefined;
  }

  clear(url: string): void {
    this.#remove(String(url), () => true);
  }

  delete(url: string, name: string): void {
    this.#remove(String(url), (key) => key === name);
  }

  /** Forgets everything: between iterations. */
  empty(): void {
    if (this.#isEmpty) return;
    this.#jar?.removeAllCookiesSync();
    this.#isEmpty = true;
  }

  /** Keeps what a response sets. @param lines its `Set-Cookie` values */
  store(url: string, lines: readonly string[]): void {
    for (const line of lines) this.#keep(line, url);
  }

  /** Names and values for a request, in sending order. */
  pairs(url: string): [name: string, value: string][] {
    if (this.#isEmpty) return [];
    return this.#matching(url).map(({ key, value }) => [key, value]);
  }

  #matching(url: string): Cookie[] {
    return this.#isEmpty ? [] : (this.#jar?.getCookiesSync(url) ?? []);
  }

  #keep(cookie: Cookie | string, url: string): Cookie | undefined {
    this.#isEmpty = false;
    this.#jar ??= new (toughCookie().CookieJar)(undefined, { rejectPublicSuffixes: false, looseMode: true });
    return this.#jar.setCookieSync(cookie, url, { ignoreError: true });
  }

  #remove(url: string, matches: (name: string) => boolean): void {
    const expired = "expires=Thu, 01 Jan 1970 00:00:00 GMT";
    for (const { key, path, domain, hostOnly } of this.#matching(url)) {
      if (!matches(key)) continue;
      const scope = `path=${path ?? "/"}${hostOnly === true || domain === null ? "" : `; domain=${domain}`}`;
      this.#keep(`${key}=; ${scope}; ${expired}`, url);
    }
  }
}

/** A cookie of a response, as k6 shows it. */
export interface ResponseCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly http_only: boolean;
  readonly secure: boolean;
  readonly max_age: number;
  /** Epoch milliseconds; 0 without one. */
  readonly expires: number;
}

/** @param lines `Set-Cookie` values */
export function responseCookies(lines: readonly string[]): Record<string, ResponseCookie[]> {
  const cookies: Record<string, ResponseCookie[]> = {};
  for (const line of lines) {
    const parsed = toughCookie().Cookie.parse(line, { loose: true });
    if (parsed === undefined) continue;
    const cookie: ResponseCookie = {
      name: parsed.key,
      value: parsed.value,
      domain: parsed.domain ?? "",
      path: parsed.path ?? "",
      http_only: parsed.httpOnly,
      secure: parsed.secure,
      max_age: typeof parsed.maxAge === "number" ? parsed.maxAge : 0,
      expires: parsed.expires instanceof Date ? parsed.expires.getTime() : 0,
    };
    cookies[cookie.name] = [...(cookies[cookie.name] ?? []), cookie];
  }
  return cookies;
}

let loaded: typeof import("tough-cookie") | null = null;

/** Loaded at the first cookie: it takes each thread 40 ms of CPU and 5 MB. */
function toughCookie(): typeof import("tough-cookie") {
  loaded ??= createRequire(import.meta.url)("tough-cookie") as typeof import("tough-cookie");
  return loaded;
}
