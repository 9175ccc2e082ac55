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
  return { code: isTls ? 1300 : 1000, message: error.message };
}

/** The reply cannot be read as HTTP/1. */
export function malformedReply(reason: string): NetworkError {
  return { code: 1000, message: `malformed reply: ${reason}` };
}
