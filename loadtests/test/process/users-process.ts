/** Starts the users service as its users do, and talks to it over real sockets. */

import { failingStart, type RunningTarget, startTarget } from "./start-target.js";

type Settings = Readonly<Record<string, string>>;

/** A machine that has these set means them for its own services, not for these tests. */
const NOTHING_SET: Settings = { DATABASE_URL: "", DATABASE_REPLICA_URL: "", FAULT: "", NODE_OPTIONS: "" };

/** With an embedded PostgreSQL, unless `settings` has a DATABASE_URL. */
export function startUsers(
  settings: Settings = {},
  account?: { readonly uid: number; readonly gid: number },
): Promise<RunningTarget> {
  const environment = { ...NOTHING_SET, ...settings };
  return startTarget("users", account === undefined ? { environment } : { environment, account });
}

export function failToStartUsers(settings: Settings): Promise<{ code: number | null; output: string }> {
  return failingStart("users", { environment: { ...NOTHING_SET, ...settings } });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the service sent; each test knows what it asked for.
  readonly body: any;
}

export async function get(service: RunningTarget, path: string): Promise<Answer> {
  return answerOf(await fetch(`${service.url}${path}`));
}

export async function post(service: RunningTarget, path: string, body: unknown): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = { "content-type": "application/json" };
  return answerOf(await fetch(`${service.url}${path}`, { method: "POST", body: text, headers }));
}

async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, body: await response.json() };
}
