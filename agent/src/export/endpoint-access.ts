/** Who may ask the endpoint: the bearer of the token, and on loopback nobody but this machine's own programs. */

import type { IncomingMessage } from "node:http";

export interface AccessRules {
  readonly token: string | null;
}

export interface AccessRefusal {
  readonly status: 401 | 403;
  readonly sentence: string;
}

/** Null: let in. */
export function accessRefusal(rules: AccessRules, request: IncomingMessage): AccessRefusal | null {
  if (rules.token !== null) {
    return isBearer(rules.token, request.headers.authorization)
      ? null
      : { status: 401, sentence: "authorization must be Bearer and the agent's LOOPSCOPE_TOKEN" };
  }
  // Without a token a web page could reach a loopback port by a name that it resolves to 127.0.0.1.
  return isOwnName(request.headers.host)
    ? null
    : { status: 403, sentence: "host must be localhost or an IP address unless LOOPSCOPE_TOKEN is set" };
}

/** Compares digests, so that neither the time nor the length tells anything of the token. */
function isBearer(token: string, authorization: string | undefined): boolean {
  // Only who sets a token pays for crypto in the agent's thread.
  const { createHash, timingSafeEqual } = require("node:crypto") as typeof import("node:crypto");
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const given = /^bearer +(.*)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given.trim()), digest(token));
}

function isOwnName(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || /^\[[0-9a-f:.]+\]$/i.test(name) || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}
