/**
 * Prometheus remote write 1.0 on the wire: a `WriteRequest` as a protocol buffer within a Snappy block.
 * Both are small enough to be written here: the message has four kinds of fields, and a Snappy block may
 * consist of literals alone. A push has some thirty series, which need no compression.
 */

export interface RemoteWriteSample {
  /** `__name__` among them. A label with an empty value is, by Prometheus' rules, not there. */
  readonly labels: Readonly<Record<string, string>>;
  /** A stale marker where undefined: the series ends here. */
  readonly value: number | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
}

/** Prometheus' own marker for "this series has ended": a NaN of its own kind (model/value/value.go). */
const STALE_NAN_BITS = 0x7ff0000000000002n;

/** The body of a `POST` with `content-encoding: snappy`. */
export function remoteWriteBody(samples: readonly RemoteWriteSample[]): Uint8Array<ArrayBuffer> {
  return snappyLiterals(Buffer.concat(samples.map((sample) => field(1, timeSeries(sample)))));
}

function timeSeries(sample: RemoteWriteSample): Buffer {
  const labels = Object.entries(sample.labels)
    .filter(([, value]) => value !== "")
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) =>
      field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])),
    );
  const value = Buffer.alloc(8);
  if (sample.value === undefined) value.writeBigUInt64LE(STALE_NAN_BITS);
  else value.writeDoubleLE(sample.value);
  // Field 1 as a double (wire type 1), field 2 as a varint (wire type 0).
  const content = Buffer.concat([
    Buffer.from([0x09]),
    value,
    Buffer.from([0x10]),
    varint(Math.round(sample.atMs)),
  ]);
  return Buffer.concat([...labels, field(2, content)]);
}

/** A field whose content has a length: wire type 2. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

/** Seven bits a byte, lowest first; arithmetic instead of shifts, since times exceed 32 bits. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Longest literal that a tag with two length bytes announces (format_description.txt of Snappy). */
const LITERAL_BYTES = 65_536;

function snappyLiterals(content: Buffer): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = [varint(content.length)];
  for (let start = 0; start < content.length; start += LITERAL_BYTES) {
    const literal = content.subarray(start, start + LITERAL_BYTES);
    const length = literal.length - 1;
    // 61 in the tag's upper six bits: the length less one follows in two bytes.
    parts.push(Buffer.from([61 * 4, length % 256, Math.floor(length / 256)]), literal);
  }
  return Uint8Array.from(Buffer.concat(parts));
}
