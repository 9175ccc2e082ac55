/** `k6/http` for one virtual user. */

import type { VirtualUser } from "../run/virtual-user.js";
import { CookieJar } from "./cookie-jar.js";
import { DEFAULT_EXPECTED, expectedStatuses, readResponseCallback } from "./expected-statuses.js";
import { type NamedUrl, sendHttpRequest } from "./http-request.js";
import type { HttpResponse } from "./http-response.js";
import { runBatch } from "./request-batch.js";
import { FileData } from "./request-body.js";
import { plainRequestParams, type RequestParams, readRequestParams } from "./request-params.js";

/** What `http.url` makes: a template's text is the name, its values are not. */
class TemplateUrl implements NamedUrl {
  readonly url: string;
  readonly name: string;

  constructor(url: string, name: string) {
    this.url = url;
    this.name = name;
  }

  toString(): string {
    return this.url;
  }
}

export function createHttpModule(user: VirtualUser): Readonly<Record<string, unknown>> {
  const jar = new CookieJar();
  let isExpected = DEFAULT_EXPECTED;
  /** Made at the first request: before, the options are not known. */
  let plain: RequestParams | null = null;
  user.onIterationStart.push(() => {
    if (!user.run.options.noCookiesReset) jar.empty();
  });

  const request = (method: string, url: unknown, body?: unknown, params?: unknown): Promise<HttpResponse> => {
    if (user.stage === "init") {
      throw new Error(
        "requests cannot be sent from the init code; send them in the default function or in setup()",
      );
    }
    plain ??= plainRequestParams({ user, jar, isExpected });
    const read = params === undefined || params === null ? plain : readRequestParams(params, plain);
    return sendHttpRequest(sender, method, namedUrl(url), body, read);
  };
  const sender = { user, sendFromPage: request };
  const withBody = (method: string) => (url: unknown, body?: unknown, params?: unknown) =>
    request(method, url, body, params);
  const withoutBody = (method: string) => (url: unknown, params?: unknown) =>
    request(method, url, null, params);

  return {
    get: withoutBody("GET"),
    head: withoutBody("HEAD"),
    post: withBody("POST"),
    put: withBody("PUT"),
    patch: withBody("PATCH"),
    del: withBody("DELETE"),
    options: withBody("OPTIONS"),
    request: (method: unknown, url: unknown, body?: unknown, params?: unknown) =>
      request(String(method).toUpperCase(), url, body, params),
    asyncRequest: async (method: unknown, url: unknown, body?: unknown, params?: unknown) => {
      user.timers.begin();
      try {
        return await request(String(method).toUpperCase(), url, body, params);
      } finally {
        user.timers.end();
      }
    },
    batch: (requests: unknown) => runBatch(requests, user.run.options, request),
    cookieJar: () => jar,
    CookieJar,
    file: (data: unknown, name?: unknown, contentType?: unknown) => new FileData(data, name, contentType),
    url: (texts: readonly string[], ...values: unknown[]) =>
      new TemplateUrl(String.raw({ raw: texts }, ...values.map(String)), texts.join(TEMPLATE_HOLE)),
    expectedStatuses,
    setResponseCallback: (callback: unknown) => {
      isExpected = readResponseCallback(callback);
      plain = null;
    },
    ...TLS_AND_OCSP_NAMES,
  };
}

/** What k6 puts into the name where the template had a value. */
const TEMPLATE_HOLE = `$${"{}"}`;

const TLS_AND_OCSP_NAMES = {
  SSL_3_0: "ssl3.0",
  TLS_1_0: "tls1.0",
  TLS_1_1: "tls1.1",
  TLS_1_2: "tls1.2",
  TLS_1_3: "tls1.3",
  OCSP_STATUS_GOOD: "good",
  OCSP_STATUS_REVOKED: "revoked",
  OCSP_STATUS_UNKNOWN: "unknown",
  OCSP_STATUS_SERVER_FAILED: "server_failed",
};

function namedUrl(url: unknown): NamedUrl {
  if (url instanceof TemplateUrl) return url;
  const text = String(url);
  return { url: text, name: text };
}
