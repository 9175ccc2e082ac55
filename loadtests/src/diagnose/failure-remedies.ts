/** What to do about requests that failed: by what went wrong below HTTP, else by the status. */

/** Messages are k6's, on both engines; the first that matches counts. */
const BY_ERROR: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /^dial: connection refused/,
    "Nothing listened at that address: compare host and port with where the target says it listens, and see in its output whether it ended.",
  ],
  [
    /^lookup:/,
    "The host name is not known here: look for a slip in the address, or say where it is with `hosts` in the script's options.",
  ],
  [
    /^dial: no local port is free/,
    "This machine ran out of ports for new connections: let connections be reused (`noConnectionReuse`, `noVUConnectionReuse`), or open fewer of them a second.",
  ],
  [
    /^dial: this process may open no more files/,
    "Raise the limit on open files (`ulimit -n`) of the shell that starts the load, or use fewer virtual users.",
  ],
  [
    /^dial: /,
    "The target could not be reached: see whether its address is right, and whether its backlog of connections is full.",
  ],
  [
    /^x509: |certificate/,
    "The target's certificate is not trusted here: name its authority in NODE_EXTRA_CA_CERTS (SSL_CERT_FILE for k6), or set `insecureSkipTLSVerify: true` for the test.",
  ],
  [
    /^tls: |^remote error: tls/,
    "TLS could not be agreed on: see whether the port speaks https at all, and which versions of TLS it takes.",
  ],
  [
    /^request timeout/,
    "The target did not answer within the request's `timeout`: what it waited for then is the question, not the errors.",
  ],
  [
    /^malformed reply/,
    "What came back is not HTTP: see whether the port is the right one, and whether the address wants https.",
  ],
  [
    /reset by peer|closed the connection|broken pipe|EOF/,
    "The target ended connections with requests under way: look at its output for a crash, and at its keep-alive timeout and its limit on connections.",
  ],
];

const NO_ANSWER =
  "Look at the target's output for a crash, and at its limit on connections: these requests were refused, cut off or never answered.";

/**
 * @param status the commonest one of the failed requests; "0": no answer.
 * @param error why most of those got none, in k6's words; undefined when the engine does not tell.
 */
export function failureRemedy(status: string, error: string | undefined): string {
  if (status === "0") {
    return BY_ERROR.find(([pattern]) => error !== undefined && pattern.test(error))?.[1] ?? NO_ANSWER;
  }
  if (status === "429")
    return "The target limits the rate: raise its limit for the test, or spread the load over more clients.";
  if (status.startsWith("4"))
    return "The target refused these requests: check the script's addresses, credentials and data.";
  return "Look at the target's own log for these errors first: latencies of failed requests say little.";
}
