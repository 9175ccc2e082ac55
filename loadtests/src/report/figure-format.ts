/**
 * Figures as people read them, the same in every report. Pure; no locale, so that output is the same
 * everywhere.
 */

import type { MetricContents } from "../measure/metric.js";

/** Shown where there is no figure. */
export const NO_FIGURE = "–";

/** `0.42 ms`, `12.3 ms`, `480 ms`, `2.41 s`, `3 m 20 s`. */
export function formatMs(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined || !Number.isFinite(milliseconds)) return NO_FIGURE;
  const size = Math.abs(milliseconds);
  if (size < 10) return `${trimmed(milliseconds, 2)} ms`;
  if (size < 99.95) return `${trimmed(milliseconds, 1)} ms`;
  if (size < 999.5) return `${Math.round(milliseconds)} ms`;
  return formatSeconds(milliseconds / 1000);
}

/** `2.41 s`, `30 s`, `3 m 20 s`, `1 h 0 m`. */
export function formatSeconds(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 10) return `${trimmed(seconds, 2)} s`;
  if (size < 59.95) return `${trimmed(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} m`;
}

/** Whole numbers with a comma every three digits: `12,345`. */
export function formatCount(count: number | null | undefined): string {
  if (count === null || count === undefined || !Number.isFinite(count)) return NO_FIGURE;
  return grouped(Math.round(count).toString());
}

/** Rates and plain values with as many decimals as matter: `0.42`, `12.3`, `4,812`. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_FIGURE;
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 999.95) return grouped(Math.round(value).toString());
  if (size >= 99.95) return value.toFixed(0);
  if (size >= 9.995) return value.toFixed(1);
  return trimmed(value, size < 0.0995 ? 4 : 2);
}

/** A share from 0 to 1 as percent: `0.4 %`, `41 %`, `100 %`; never rounded up to 100 or down to 0. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NO_FIGURE;
  if (share <= 0) return "0 %";
  if (share < 0.0005) return "<0.1 %";
  if (share < 0.0995) return `${(share * 100).toFixed(1)} %`;
  if (share < 1 && share > 0.995) return `${Math.floor(share * 1000) / 10} %`;
  return `${Math.round(share * 100)} %`;
}

/** Bytes in binary units: `512 B`, `4.2 KiB`, `98 MiB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return NO_FIGURE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || Math.abs(value) >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** A metric's value in the unit that its contents or its name imply. */
export function formatMetricValue(value: number | null, contents: MetricContents, isShare: boolean): string {
  if (value === null) return NO_FIGURE;
  if (isShare) return formatShare(value);
  if (contents === "time") return formatMs(value);
  if (contents === "data") return formatBytes(value);
  return formatNumber(value);
}

/** `1 block`, `2 blocks`. */
export function formatPlural(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/**
 * Text from scripts, routes and stacks made safe for a terminal and for one line: control characters, among
 * them the escape that starts a terminal command, become spaces.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, " ");
}

/** At most so many UTF-16 units, the last an ellipsis where some are left out; no character is cut in two. */
export function cutAtEnd(text: string, most: number): string {
  if (text.length <= most) return text;
  const isPair = /[\ud800-\udbff]/.test(text[most - 2] ?? "");
  return `${text.slice(0, most - (isPair ? 2 : 1))}…`;
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, "");
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}
