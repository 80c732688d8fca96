import type { Signal } from '../../domain/outbox.ts';
import type { KeyValue, OtlpRequest, PartialSuccess } from '../../otlp/types.ts';

/** `service.name` of what the bridge says about agents. Nobody else may speak under it. */
const OWN_NAME = 'agent-monitor';

interface Group {
  readonly resource?: { readonly attributes: readonly KeyValue[] };
}

/**
 * Takes resources that claim to be agent-monitor out of a request, in place: agents' own figures would mix with what
 * the bridge counted. Answers what was rejected.
 */
export function rejectOwnNames(signal: Signal, request: OtlpRequest): PartialSuccess {
  const groups = groupsOf(request);
  const foreign = groups.filter((group) => !claimsOwnName(group));
  if (foreign.length === groups.length) return { rejected: 0, message: '' };
  const rejected = groups.filter(claimsOwnName).reduce((sum, group) => sum + countRecords(signal, group), 0);
  groups.splice(0, groups.length, ...foreign);
  return {
    rejected,
    message: `Cannot take a resource with service.name "${OWN_NAME}" or one that begins so: those names are the monitor's own. Set another OTEL_SERVICE_NAME`,
  };
}

function claimsOwnName({ resource }: Group): boolean {
  return (resource?.attributes ?? []).some(
    ({ key, value }) =>
      key === 'service.name' && value?.stringValue?.trim().toLowerCase().startsWith(OWN_NAME) === true,
  );
}

/** The resources of a request, whatever its signal. */
function groupsOf(request: OtlpRequest): Group[] {
  if ('resourceLogs' in request) return request.resourceLogs;
  return 'resourceSpans' in request ? request.resourceSpans : request.resourceMetrics;
}

function countRecords(signal: Signal, group: Group): number {
  if (signal === 'logs') {
    const { scopeLogs } = group as OtlpRequest<'logs'>['resourceLogs'][number];
    return scopeLogs.reduce((sum, { logRecords }) => sum + logRecords.length, 0);
  }
  if (signal === 'traces') {
    const { scopeSpans } = group as OtlpRequest<'traces'>['resourceSpans'][number];
    return scopeSpans.reduce((sum, { spans }) => sum + spans.length, 0);
  }
  const { scopeMetrics } = group as OtlpRequest<'metrics'>['resourceMetrics'][number];
  return scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .reduce((sum, metric) => {
      const data =
        metric.gauge ?? metric.sum ?? metric.histogram ?? metric.exponentialHistogram ?? metric.summary;
      return sum + (data?.dataPoints.length ?? 0);
    }, 0);
}
