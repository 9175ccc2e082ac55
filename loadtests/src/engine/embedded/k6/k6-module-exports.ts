/**
 * What a script can import from k6's modules here, and which of it waits. The compiler reads it to know what to
 * await; a test holds it against the modules themselves.
 */

/**
 * - `value`: returns at once.
 * - `waits`: returns a promise here where k6 blocks, so that calls of it are awaited.
 * - `calls`: calls its callbacks and waits when one of them does.
 * - `listener`: calls its callbacks later; they may wait.
 */
export type ExportBehaviour = "value" | "waits" | "calls" | "listener";

type ModuleExports = Readonly<Record<string, ExportBehaviour>>;

const HTTP: ModuleExports = {
  get: "waits",
  head: "waits",
  post: "waits",
  put: "waits",
  patch: "waits",
  del: "waits",
  options: "waits",
  request: "waits",
  batch: "waits",
  asyncRequest: "value",
  cookieJar: "value",
  CookieJar: "value",
  file: "value",
  url: "value",
  expectedStatuses: "value",
  setResponseCallback: "value",
  ...values("SSL_3_0", "TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3"),
  ...values("OCSP_STATUS_GOOD", "OCSP_STATUS_REVOKED", "OCSP_STATUS_UNKNOWN", "OCSP_STATUS_SERVER_FAILED"),
};

/** By specifier; `default` is there for modules whose default export is an object of the same names. */
export const K6_MODULE_EXPORTS: Readonly<Record<string, ModuleExports>> = {
  k6: {
    check: "calls",
    group: "calls",
    sleep: "waits",
    fail: "value",
    randomSeed: "value",
  },
  "k6/http": HTTP,
  "k6/metrics": values("Counter", "Gauge", "Rate", "Trend"),
  "k6/data": values("SharedArray"),
  "k6/execution": values("scenario", "instance", "test", "vu"),
  "k6/encoding": values("b64encode", "b64decode"),
  "k6/crypto": values(
    ...["createHash", "createHMAC", "hmac", "randomBytes", "md5", "sha1", "sha256", "sha384"],
    ...["sha512", "sha512_224", "sha512_256", "ripemd160"],
  ),
  "k6/timers": {
    setTimeout: "listener",
    setInterval: "listener",
    clearTimeout: "value",
    clearInterval: "value",
  },
  "k6/html": values("parseHTML"),
  "k6/websockets": {
    WebSocket: "listener",
    Blob: "value",
  },
};

export function isK6Specifier(specifier: string): boolean {
  return specifier === "k6" || specifier.startsWith("k6/");
}

/** One sentence for a module of k6 that is not here. */
export function missingModuleSentence(specifier: string): string {
  const instead: Readonly<Record<string, string>> = {
    "k6/ws": "; use k6/websockets",
    "k6/experimental/websockets": "; use k6/websockets",
    "k6/experimental/timers": "; use k6/timers",
    "k6/browser": "; run the script with --engine k6",
  };
  return `the embedded engine has no module ${specifier}${instead[specifier] ?? "; run the script with --engine k6"}`;
}

function values(...names: string[]): ModuleExports {
  return Object.fromEntries(names.map((name) => [name, "value"]));
}
