/** What can go wrong below HTTP, with k6's error codes (k6 documentation, "Error codes"). */

export interface NetworkError {
  readonly code: number;
  readonly message: string;
}

export const REQUEST_TIMEOUT: NetworkError = { code: 1050, message: "request timeout" };
/** The run ended first; never shown to a script. */
export const INTERRUPTED: NetworkError = { code: 1000, message: "interrupted" };
export const CLOSED_WITHOUT_REPLY: NetworkError = {
  code: 1000,
  message: "the server closed the connection without a reply",
};
export const CLOSED_WITHIN_REPLY: NetworkError = {
  code: 1000,
  message: "the server closed the connection within the reply",
};

const BY_SYSTEM_CODE: Readonly<Record<string, NetworkError>> = {
  ENOTFOUND: { code: 1101, message: "lookup: no such host" },
  EAI_AGAIN: { code: 1100, message: "lookup: temporary failure in name resolution" },
  ECONNREFUSED: { code: 1212, message: "dial: connection refused" },
  ETIMEDOUT: { code: 1211, message: "dial: i/o timeout" },
  ENETUNREACH: { code: 1213, message: "dial: network is unreachable" },
  EHOSTUNREACH: { code: 1213, message: "dial: no route to host" },
  EADDRNOTAVAIL: { code: 1213, message: "dial: no local port is free" },
  EMFILE: { code: 1213, message: "dial: this process may open no more files (ulimit -n)" },
  EPIPE: { code: 1201, message: "write: broken pipe" },
  ECONNRESET: { code: 1220, message: "connection reset by peer" },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: 1310, message: "x509: certificate is self-signed" },
  SELF_SIGNED_CERT_IN_CHAIN: { code: 1310, message: "x509: a certificate in the chain is self-signed" },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { code: 1310, message: "x509: certificate signed by unknown authority" },
  UNABLE_TO_GET_ISSUER_CERT: { code: 1310, message: "x509: certificate signed by unknown authority" },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { code: 1310, message: "x509: certificate signed by unknown authority" },
  CERT_HAS_EXPIRED: { code: 1300, message: "x509: certificate has expired" },
  ERR_TLS_CERT_ALTNAME_INVALID: { code: 1311, message: "x509: certificate is not valid for this host name" },
};

/** Names an error of a socket. */
export function networkErrorFrom(error: NodeJS.ErrnoException): NetworkError {
  const known = BY_SYSTEM_CODE[error.code ?? ""];
  if (known !== undefined) return known;
  const isTls = (error.code ?? "").startsWith("ERR_SSL") || (error.code ?? "").startsWith("ERR_TLS");
  if (!isTls) return { code: 1000, message: error.message };
  // OpenSSL's own text begins with a thread's address: no two runs would have the same `error` tag.
  const { reason } = error as { readonly reason?: unknown };
  return { code: 1300, message: `tls: ${typeof reason === "string" ? reason : error.message}` };
}

/** The reply cannot be read as HTTP/1. */
export function malformedReply(reason: string): NetworkError {
  return { code: 1000, message: `malformed reply: ${reason}` };
}

/** k6's names of HTTP/2's error codes, in the order of RFC 9113, 7. */
const HTTP2_ERROR_NAMES = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"],
  ...["STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR"],
  ...["ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];

function withHttp2Code(unknownCode: number, what: string, code: number): NetworkError {
  const name = HTTP2_ERROR_NAMES[code];
  return {
    code: name === undefined ? unknownCode : unknownCode + 1 + code,
    message: `http2: ${what} with http2 ErrCode ${name ?? `unknown error code 0x${code.toString(16)}`}`,
  };
}

/** The server announced the end of the connection, and ended it within this request. */
export function goAwayError(code: number): NetworkError {
  return withHttp2Code(1610, "received GoAway", code);
}

/** One stream was reset, by the server or because what it sent makes no sense. */
export function http2StreamError(code: number): NetworkError {
  return withHttp2Code(1630, "stream error", code);
}

/** The connection cannot be read as HTTP/2 any more. */
export function http2ConnectionError(reason: string): NetworkError {
  return { code: 1650, message: `http2: connection error: ${reason}` };
}
