import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** They belong to one connection and end there (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A message's headers without those of its connection, and without those that `Connection` names as such. */
export function endToEndHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = new Set((headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()));
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name) && !named.has(name)) kept[name] = value;
  }
  return kept;
}

/** What the upstream gets: who asked and through whom, and never the client's token. */
export function requestHeadersForUpstream(
  headers: IncomingHttpHeaders,
  client: { readonly address: string; readonly subject: string; readonly requestId: string },
): OutgoingHttpHeaders {
  const { host, authorization, "x-forwarded-for": earlier, ...rest } = endToEndHeaders(headers);
  return {
    ...rest,
    // A body of unknown length needs its framing again, which is the connection's own.
    ...(headers["transfer-encoding"] === undefined ? {} : { "transfer-encoding": "chunked" }),
    "x-forwarded-for": earlier === undefined ? client.address : `${String(earlier)}, ${client.address}`,
    ...(host === undefined ? {} : { "x-forwarded-host": host }),
    "x-client-subject": client.subject,
    "x-request-id": client.requestId,
    via: "1.1 loopscope-gateway",
  };
}
