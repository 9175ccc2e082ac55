/** Values in the units that the dashboards use, by Grafana's identifiers. */

const BINARY = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
const SI = ["", "k", "M", "G"] as const;

export function formatUnit(value: number, unit: string): string {
  if (Number.isNaN(value)) return "–";
  switch (unit) {
    case "s":
      return formatSeconds(value);
    case "percentunit":
      return `${plain(value * 100)} %`;
    case "bytes":
      return scaled(value, 1024, BINARY);
    case "binBps":
      return `${scaled(value, 1024, BINARY)}/s`;
    case "reqps":
      return `${scaled(value, 1000, SI)} req/s`;
    case "ops":
      return `${scaled(value, 1000, SI)} ops/s`;
    default:
      return scaled(value, 1000, SI);
  }
}

function formatSeconds(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return "0 s";
  if (size < 0.001) return `${plain(seconds * 1e6)} µs`;
  if (size < 1) return `${plain(seconds * 1000)} ms`;
  if (size < 120) return `${plain(seconds)} s`;
  if (size < 7200) return `${plain(seconds / 60)} min`;
  if (size < 172_800) return `${plain(seconds / 3600)} h`;
  return `${plain(seconds / 86_400)} d`;
}

function scaled(value: number, base: number, prefixes: readonly string[]): string {
  let rest = value;
  let step = 0;
  while (Math.abs(rest) >= base && step < prefixes.length - 1) {
    rest /= base;
    step++;
  }
  const prefix = prefixes[step] ?? "";
  return `${plain(rest)}${prefix === "" ? "" : ` ${prefix}`}`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(3)));
}
