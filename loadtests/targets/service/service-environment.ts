/** How the services read their environment: the one place in which they do, with one sentence for a bad value. */

/** The variable's text; undefined when it is not set or empty. */
export function textSetting(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === "" ? undefined : value;
}

/**
 * A whole number from the environment.
 * @throws Error naming variable, value and range.
 */
export function integerSetting(
  name: string,
  range: { readonly from: number; readonly to: number; readonly otherwise: number },
): number {
  const text = textSetting(name);
  if (text === undefined) return range.otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < range.from || value > range.to) {
    throw new Error(`${name} must be a whole number between ${range.from} and ${range.to}, got "${text}"`);
  }
  return value;
}

/** The port to listen on: PORT, or 0 for a free one. */
export function portSetting(): number {
  return integerSetting("PORT", { from: 0, to: 65_535, otherwise: 0 });
}

/** The address to listen on: HOST, or 127.0.0.1, since a worked example is nobody else's business. */
export function hostSetting(): string {
  return textSetting("HOST") ?? "127.0.0.1";
}

/**
 * The fault to show: FAULT, one of `known`, or null for the mended service.
 * @throws Error listing the known faults.
 */
export function faultSetting<const F extends string>(known: readonly F[]): F | null {
  const text = textSetting("FAULT");
  return text === undefined ? null : knownFault(known, text);
}

/**
 * The faults to show at once: FAULT, any of `known`, separated by commas; none for the mended service.
 * @throws Error listing the known faults.
 */
export function faultsSetting<const F extends string>(known: readonly F[]): ReadonlySet<F> {
  const text = textSetting("FAULT");
  return new Set(text === undefined ? [] : text.split(",").map((name) => knownFault(known, name.trim())));
}

function knownFault<const F extends string>(known: readonly F[], text: string): F {
  const fault = known.find((name) => name === text);
  if (fault === undefined) throw new Error(`FAULT must be one of ${known.join(", ")}, got "${text}"`);
  return fault;
}
