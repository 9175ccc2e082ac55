/** Figures on axes and in legends. */

import type { PageUnit } from "./page-data.js";

/** `0:05`, `12:30`, `1:02:03`. */
export function formatElapsed(seconds: number): string {
  const negative = seconds < 0 ? "−" : "";
  const whole = Math.abs(Math.round(seconds * 100) / 100);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = whole % 60;
  const shown = Number.isInteger(rest) ? String(rest).padStart(2, "0") : rest.toFixed(2).padStart(5, "0");
  return hours > 0
    ? `${negative}${hours}:${String(minutes).padStart(2, "0")}:${shown}`
    : `${negative}${minutes}:${shown}`;
}

/** A tick without its unit, which stands at the axis. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return `${plain(value / 1000)}k`;
  return plain(value);
}

/** A value with its unit. */
export function formatValue(value: number | null | undefined, unit: PageUnit): string {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2;
  const shown = value.toFixed(digits);
  if (unit === "count") return shown;
  return unit === "per second" ? `${shown}/s` : `${shown} ${unit}`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}
