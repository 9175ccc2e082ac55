export type ExpositionFormat = "prometheus" | "openmetrics";

const OPENMETRICS = "application/openmetrics-text";
/** Versions that we write; a range without a version takes what there is. */
const OPENMETRICS_VERSIONS = new Set([undefined, "1.0.0", "0.0.1"]);

interface MediaRange {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

/**
 * Which text a scraper prefers, by its Accept header (RFC 9110, section 12.5.1). Classic text when it says
 * nothing of either, and when both are equally welcome but classic text is named first.
 */
export function chooseFormat(accept: string | undefined): ExpositionFormat {
  let best: { readonly format: ExpositionFormat; readonly quality: number } = {
    format: "prometheus",
    quality: 0,
  };
  for (const range of (accept ?? "").split(",").map(readRange)) {
    const format = formatOf(range);
    if (format !== null && range.quality > best.quality) best = { format, quality: range.quality };
  }
  return best.format;
}

function readRange(given: string): MediaRange {
  const [type = "", ...parameters] = given.split(";").map((part) => part.trim().toLowerCase());
  const parameter = (name: string) =>
    parameters.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
  const quality = Number(parameter("q") ?? 1);
  return { type, version: parameter("version"), quality: Number.isFinite(quality) ? quality : 0 };
}

function formatOf({ type, version }: MediaRange): ExpositionFormat | null {
  if (type === OPENMETRICS) return OPENMETRICS_VERSIONS.has(version) ? "openmetrics" : null;
  return type === "text/plain" || type === "text/*" || type === "*/*" ? "prometheus" : null;
}
