/** `http.batch`: requests side by side, at most `batch` at once and `batchPerHost` to one host. */

import type { ScriptOptions } from "../options/script-options.js";
import type { HttpResponse } from "./http-response.js";

type Send = (method: string, url: unknown, body?: unknown, params?: unknown) => Promise<HttpResponse>;

interface BatchItem {
  readonly method: string;
  readonly url: unknown;
  readonly body: unknown;
  readonly params: unknown;
  readonly host: string;
}

/** @param given a list or an object of URLs, lists `[method, url, body, params]` or objects; the result has its shape */
export async function runBatch(given: unknown, options: ScriptOptions, send: Send): Promise<unknown> {
  if (Array.isArray(given)) return sendAll(given.map(readItem), options, send);
  if (typeof given !== "object" || given === null)
    throw new TypeError("http.batch needs a list or an object of requests");
  const entries = Object.entries(given);
  const responses = await sendAll(
    entries.map(([, item]) => readItem(item)),
    options,
    send,
  );
  return Object.fromEntries(entries.map(([key], index) => [key, responses[index]]));
}

function readItem(item: unknown): BatchItem {
  let [method, url, body, params]: unknown[] = ["GET", item, null, undefined];
  if (Array.isArray(item)) [method, url, body, params] = item;
  else if (typeof item === "object" && item !== null && "url" in item && "method" in item) {
    ({ method, url, body, params } = item as {
      method: unknown;
      url: unknown;
      body?: unknown;
      params?: unknown;
    });
  }
  const text = String(url);
  const host = URL.canParse(text) ? new URL(text).host : "";
  return { method: String(method ?? "GET").toUpperCase(), url, body, params, host };
}

function sendAll(items: readonly BatchItem[], options: ScriptOptions, send: Send): Promise<HttpResponse[]> {
  const responses: HttpResponse[] = new Array(items.length);
  const waiting = items.map((item, index) => ({ item, index }));
  const perHost = new Map<string, number>();
  const mostPerHost = options.batchPerHost === 0 ? options.batch : options.batchPerHost;
  let running = 0;
  let finished = 0;
  return new Promise((resolve, reject) => {
    const startMore = () => {
      if (finished === items.length) resolve(responses);
      while (running < options.batch) {
        const position = waiting.findIndex(({ item }) => (perHost.get(item.host) ?? 0) < mostPerHost);
        const [next] = position === -1 ? [] : waiting.splice(position, 1);
        if (next === undefined) return;
        start(next.item, next.index);
      }
    };
    const start = (item: BatchItem, index: number) => {
      running++;
      perHost.set(item.host, (perHost.get(item.host) ?? 0) + 1);
      send(item.method, item.url, item.body, item.params).then((response) => {
        responses[index] = response;
        running--;
        finished++;
        perHost.set(item.host, (perHost.get(item.host) ?? 1) - 1);
        startMore();
      }, reject);
    };
    startMore();
  });
}
