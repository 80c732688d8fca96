import type { TokenClaims } from '../../domain/event.ts';
import type { Signal } from '../../domain/outbox.ts';
import type {
  KeyValue,
  LogsRequest,
  MetricsRequest,
  OtlpLogRecord,
  OtlpRequest,
  Resource,
  ResourceLogs,
  ScopeLogs,
  TracesRequest,
} from '../../otlp/types.ts';

/** Attributes that say whose telemetry it is. They belong to the resource. */
const ATTRIBUTION = ['project', 'agent'] as const;

/**
 * Puts project and agent where everything behind the door expects them, in place.
 *
 * - What the sender's token fixes overwrites what it claims, on resources as well as on points, spans and records.
 * - Log records that name a project or agent of their own (agents copy resource attributes onto records) give it to a
 *   resource that has none; records of one resource that differ get a resource each. On the records they are dropped:
 *   Loki cannot have a label and a record attribute of one name.
 */
export function attributeRequest(
  signal: Signal,
  request: OtlpRequest,
  claims: TokenClaims | undefined,
): void {
  if (signal === 'logs') attributeLogs(request as LogsRequest, claims);
  else if (signal === 'metrics') attributeMetrics(request as MetricsRequest, claims);
  else attributeTraces(request as TracesRequest, claims);
}

function attributeLogs(request: LogsRequest, claims: TokenClaims | undefined): void {
  request.resourceLogs = request.resourceLogs.flatMap((group) => {
    group.resource = claimed(group.resource, claims);
    return splitByAttribution(group);
  });
}

function attributeMetrics(request: MetricsRequest, claims: TokenClaims | undefined): void {
  for (const group of request.resourceMetrics) {
    group.resource = claimed(group.resource, claims);
    for (const metric of group.scopeMetrics.flatMap(({ metrics }) => metrics)) {
      const data =
        metric.gauge ?? metric.sum ?? metric.histogram ?? metric.exponentialHistogram ?? metric.summary;
      for (const point of data?.dataPoints ?? []) overwrite(point.attributes, claims);
    }
  }
}

function attributeTraces(request: TracesRequest, claims: TokenClaims | undefined): void {
  for (const group of request.resourceSpans) {
    group.resource = claimed(group.resource, claims);
    for (const span of group.scopeSpans.flatMap(({ spans }) => spans)) overwrite(span.attributes, claims);
  }
}

/** The resource with what the token fixes. */
function claimed(resource: Resource | undefined, claims: TokenClaims | undefined): Resource {
  const result = resource ?? { attributes: [], droppedAttributesCount: 0, entityRefs: [] };
  for (const key of ATTRIBUTION) {
    const value = claims?.[key];
    if (value !== undefined) set(result.attributes, key, value);
  }
  return result;
}

function overwrite(attributes: KeyValue[], claims: TokenClaims | undefined): void {
  for (const [index, { key }] of attributes.entries()) {
    const value = isAttribution(key) ? claims?.[key] : undefined;
    if (value !== undefined) attributes[index] = { key, value: { stringValue: value } };
  }
}

/** One resource for each project and agent that its records name, where it names none itself. */
function splitByAttribution(group: ResourceLogs): ResourceLogs[] {
  const missing = ATTRIBUTION.filter((key) => !has(group.resource?.attributes ?? [], key));
  const groups = new Map<string, ResourceLogs>();
  for (const scoped of group.scopeLogs) {
    // Records that follow each other mostly name the same.
    let last:
      | { readonly found: readonly (string | undefined)[]; readonly records: OtlpLogRecord[] }
      | undefined;
    for (const record of scoped.logRecords) {
      const found = missing.map((key) => textOf(record, key));
      dropAttribution(record);
      if (last === undefined || !found.every((text, index) => text === last?.found[index])) {
        const target = groupFor(
          groups,
          group,
          missing.map((key, index) => [key, found[index]]),
        );
        last = { found, records: scopeFor(target, scoped).logRecords };
      }
      last.records.push(record);
    }
  }
  return [...groups.values()];
}

/** Takes project and agent out of a record, in place. */
function dropAttribution({ attributes }: OtlpLogRecord): void {
  let kept = 0;
  for (const attribute of attributes) {
    if (isAttribution(attribute.key)) continue;
    attributes[kept] = attribute;
    kept += 1;
  }
  attributes.length = kept;
}

function groupFor(
  groups: Map<string, ResourceLogs>,
  like: ResourceLogs,
  attribution: readonly (readonly [string, string | undefined])[],
): ResourceLogs {
  const id = JSON.stringify(attribution);
  const known = groups.get(id);
  if (known !== undefined) return known;
  const { attributes = [], ...resource } = like.resource ?? { droppedAttributesCount: 0, entityRefs: [] };
  const own = attributes.slice();
  for (const [key, value] of attribution) if (value !== undefined) set(own, key, value);
  const group: ResourceLogs = { ...like, resource: { ...resource, attributes: own }, scopeLogs: [] };
  groups.set(id, group);
  return group;
}

/** The scope of the group that is like the given one: records keep their order within a scope. */
function scopeFor(group: ResourceLogs, like: ScopeLogs): ScopeLogs {
  const known = group.scopeLogs.find(
    ({ scope, schemaUrl }) => scope === like.scope && schemaUrl === like.schemaUrl,
  );
  if (known !== undefined) return known;
  const scoped: ScopeLogs = { ...like, logRecords: [] };
  group.scopeLogs.push(scoped);
  return scoped;
}

function isAttribution(key: string): key is (typeof ATTRIBUTION)[number] {
  return key === 'project' || key === 'agent';
}

function has(attributes: readonly KeyValue[], key: string): boolean {
  return attributes.some((attribute) => attribute.key === key);
}

function textOf(record: OtlpLogRecord, key: string): string | undefined {
  const text = record.attributes.find((attribute) => attribute.key === key)?.value?.stringValue;
  return text === '' ? undefined : text;
}

/** Sets an attribute once, wherever it stood before. */
function set(attributes: KeyValue[], key: string, value: string): void {
  const rest = attributes.filter((attribute) => attribute.key !== key);
  attributes.splice(0, attributes.length, ...rest, { key, value: { stringValue: value } });
}
