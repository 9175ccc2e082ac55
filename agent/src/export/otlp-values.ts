/** What all OTLP requests in their JSON form have in common: who sends, attributes, times. */

export interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

export interface OtlpResource {
  /** `service.name`. */
  readonly serviceName: string;
  /** `service.instance.id`, unless the attributes have it. */
  readonly instanceId: string;
  /** What else is known of where metrics come from. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly pid: number;
  readonly nodeVersion: string;
  readonly agentVersion: string;
}

export function resourceAttributes(resource: OtlpResource): readonly OtlpAttribute[] {
  const texts = {
    "service.instance.id": resource.instanceId,
    ...resource.attributes,
    "service.name": resource.serviceName,
    "process.runtime.name": "nodejs",
    "process.runtime.version": resource.nodeVersion,
  };
  return [
    ...Object.entries(texts).map(([key, value]) => text(key, value)),
    whole("process.pid", resource.pid),
  ];
}

export function text(key: string, value: string): OtlpAttribute {
  return { key, value: { stringValue: value } };
}

export function whole(key: string, value: number): OtlpAttribute {
  return { key, value: { intValue: String(value) } };
}

/** As text: a number would lose the last digits. */
export function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}
