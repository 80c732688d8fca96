import type { LogsRequest, OtlpLogRecord, ResourceLogs } from '../../otlp/types.ts';

/** Loki takes records that are less than 24 h behind the newest of their stream; an hour is left for the way there. */
const HISTORY_AFTER_MS = 23 * 3_600_000;
/** Loki takes records up to 10 min ahead of its clock. */
const FUTURE_LIMIT_MS = 10 * 60_000;
const FUTURE_CLAMP_MS = 9 * 60_000;

/** Streams of records that are history have a name of their own, so that they never stand in the way of new ones. */
const HISTORY_SUFFIX = '-history';
/** What OpenTelemetry calls a service without a name. */
const UNNAMED_SERVICE = 'unknown_service';
const EVENT_TIME = 'event.ts';

/**
 * Makes the times of agents' log records such that Loki keeps every one, in place: old records move to a copy of their
 * resource whose `service.name` ends in `-history`; records from the future are moved to 9 minutes from now and keep
 * their own time as attribute `event.ts`; records without any time get the time of receipt.
 */
export function fitTimes(request: LogsRequest, receivedMs: number): void {
  request.resourceLogs = request.resourceLogs.flatMap((group) => {
    const old: ResourceLogs = { ...group, scopeLogs: [] };
    for (const scoped of group.scopeLogs) {
      const isOld = (record: OtlpLogRecord): boolean => fitTime(record, receivedMs) === 'old';
      const kept: OtlpLogRecord[] = [];
      const moved: OtlpLogRecord[] = [];
      for (const record of scoped.logRecords) (isOld(record) ? moved : kept).push(record);
      scoped.logRecords = kept;
      if (moved.length > 0) old.scopeLogs.push({ ...scoped, logRecords: moved });
    }
    if (old.scopeLogs.length === 0) return [group];
    const asHistory = { ...old, resource: historyResource(group) };
    return group.scopeLogs.some(({ logRecords }) => logRecords.length > 0) ? [group, asHistory] : [asHistory];
  });
}

/** Corrects a record's time and says whether it is history. */
function fitTime(record: OtlpLogRecord, receivedMs: number): 'old' | 'recent' {
  const own = record.timeUnixNano === '0' ? record.observedTimeUnixNano : record.timeUnixNano;
  if (own === '0') {
    record.observedTimeUnixNano = toNanos(receivedMs);
    return 'recent';
  }
  // Digits are cut: they are fewer than a number holds.
  const ms = Number(own.slice(0, -6));
  if (ms > receivedMs + FUTURE_LIMIT_MS) {
    if (!record.attributes.some(({ key }) => key === EVENT_TIME)) {
      record.attributes.push({ key: EVENT_TIME, value: { stringValue: toRfc3339(own) } });
    }
    record.timeUnixNano = toNanos(receivedMs + FUTURE_CLAMP_MS);
  }
  return ms < receivedMs - HISTORY_AFTER_MS ? 'old' : 'recent';
}

function historyResource({ resource }: ResourceLogs): NonNullable<ResourceLogs['resource']> {
  const attributes = resource?.attributes ?? [];
  const name = attributes.find(({ key }) => key === 'service.name')?.value?.stringValue;
  const rest = attributes.filter(({ key }) => key !== 'service.name');
  const historyName = `${name === undefined || name === '' ? UNNAMED_SERVICE : name}${HISTORY_SUFFIX}`;
  return {
    droppedAttributesCount: 0,
    entityRefs: [],
    ...resource,
    attributes: [{ key: 'service.name', value: { stringValue: historyName } }, ...rest],
  };
}

function toNanos(ms: number): string {
  return `${Math.trunc(ms)}000000`;
}

/** Latest moment that a Date can hold. */
const MAX_DATE_MS = 8.64e15;

/** Unix nanoseconds -> RFC 3339 with nine digits, or as they are where no calendar reaches. */
function toRfc3339(nanos: string): string {
  const ms = Number(BigInt(nanos) / 1_000_000n);
  if (ms > MAX_DATE_MS) return nanos;
  const fraction = nanos.slice(-9).padStart(9, '0');
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, `.${fraction}Z`);
}
