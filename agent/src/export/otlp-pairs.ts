/**
 * `name=value` pairs, percent-encoded, as OpenTelemetry's variables have them; what is no pair is left out.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
 */
export function otlpPairs(pairs: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    if (at > 0 && name !== "") found[name] = decoded(pair.slice(at + 1).trim());
  }
  return found;
}

/** Of `OTEL_EXPORTER_OTLP_HEADERS`: names of headers have no case. */
export function otlpHeaders(pairs: readonly string[]): Readonly<Record<string, string>> {
  const headers = Object.entries(otlpPairs(pairs));
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
