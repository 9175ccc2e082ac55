/**
 * Who may ask the page of `loopscope top --web`: whoever has its address, which holds a key of this run. The
 * page shows what the agent's token protects, and this machine may have other users.
 */

import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export type PageAction = "page" | "stream" | "profile";

export interface PageRefusal {
  readonly status: 403 | 404 | 405;
  readonly sentence: string;
  /** The one method that the path answers, with 405. */
  readonly allow?: string;
}

export interface PageRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

const ACTIONS: Readonly<Record<string, { readonly action: PageAction; readonly method: "GET" | "POST" }>> = {
  "": { action: "page", method: "GET" },
  stream: { action: "stream", method: "GET" },
  profile: { action: "profile", method: "POST" },
};

/** What is asked for: `/<key>`, `/<key>/stream`, `/<key>/profile`; or why it is refused. */
export function pageAccess(request: PageRequest, key: string): PageAction | PageRefusal {
  const { headers } = request;
  // Any site can have its own name lead to 127.0.0.1, and would then count as one origin with this page.
  if (!isOwnHost(headers.host)) {
    return { status: 403, sentence: "host must be 127.0.0.1 or localhost" };
  }
  const [path = ""] = (request.url ?? "").split("?", 1);
  const [, givenKey = "", name = "", ...more] = path.split("/");
  const known = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (known === undefined || more.length > 0 || !isKey(givenKey, key)) {
    return {
      status: 404,
      sentence: "there is nothing here; the address that loopscope printed ends in a key",
    };
  }
  if (request.method !== known.method) {
    return { status: 405, sentence: `only ${known.method} is answered here`, allow: known.method };
  }
  if (known.method === "POST" && !isFromThisPage(headers)) {
    return { status: 403, sentence: "only the page itself may ask for this" };
  }
  return known.action;
}

/** Any port, so that the page can be reached through a tunnel (`ssh -L`). */
function isOwnHost(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d{1,5})?$/i.test(host ?? "");
}

/** Takes the same time however much of the key is right. */
function isKey(given: string, key: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Browsers say where a request comes from; what is no browser has no page that could be abused. */
function isFromThisPage(headers: IncomingHttpHeaders): boolean {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  return (
    (origin === undefined || origin === `http://${host}`) && (site === undefined || site === "same-origin")
  );
}
