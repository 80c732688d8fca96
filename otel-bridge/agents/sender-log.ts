import type { Signal } from '../domain/outbox.ts';
import { textOf } from '../domain/values.ts';
import { attributesToMap } from '../otlp/attributes.ts';
import type { OtlpRequest } from '../otlp/types.ts';
import { type PlainAttributes, type ResourceTelemetry, resourcesOf } from './adapter.ts';

/** When a sender's own metrics, log records and spans came last, unix ms; null = never. */
export interface SenderSignals {
  /** What the agent is; of a sender that nobody knows, what it calls itself. */
  readonly framework: string;
  readonly project: string;
  readonly agent: string;
  readonly lastMetricMs: number | null;
  readonly lastLogMs: number | null;
  readonly lastSpanMs: number | null;
}

/** Records of one sender in one request. */
export interface SentRecords {
  readonly signal: Signal;
  readonly framework: string;
  /** False where no adapter is made for the sender: it is read by the conventions alone, and passed on as it is. */
  readonly known: boolean;
  /** Log records, spans or data points. */
  readonly count: number;
}

/** Who sent telemetry since the bridge began, whether or not it is understood. */
export interface SenderLog {
  /** Takes note of a request with project and agent on its resources. @returns what each of its resources held */
  observe(signal: Signal, request: OtlpRequest, receivedMs: number): SentRecords[];
  /** All senders, newest first. */
  signals(): SenderSignals[];
}

/** So many senders are remembered; the one that was silent for longest is forgotten first. */
const MAX_SENDERS = 1000;

const LAST: Readonly<Record<Signal, 'lastMetricMs' | 'lastLogMs' | 'lastSpanMs'>> = {
  metrics: 'lastMetricMs',
  logs: 'lastLogMs',
  traces: 'lastSpanMs',
};

/** Creates a log without senders. @param frameworkOf framework of the adapter made for a resource; undefined = none is */
export function createSenderLog(frameworkOf: (resource: PlainAttributes) => string | undefined): SenderLog {
  /** In order of their last sign, oldest first. */
  const senders = new Map<string, SenderSignals>();
  return {
    observe: (signal, request, receivedMs) =>
      resourcesOf(signal, request).flatMap((sent) => {
        const count = countRecords(sent);
        if (count === 0) return [];
        const resource = attributesToMap(sent.telemetry.resource?.attributes ?? []);
        const known = frameworkOf(resource);
        const framework = known ?? textOf(resource.get('service.name')) ?? 'unknown_service';
        const host = textOf(resource.get('host.name'));
        const project = textOf(resource.get('project')) ?? 'unassigned';
        const agent =
          textOf(resource.get('agent')) ?? (host === undefined ? framework : `${framework}@${host}`);
        const key = JSON.stringify([framework, project, agent]);
        const before = senders.get(key) ?? {
          framework,
          project,
          agent,
          lastMetricMs: null,
          lastLogMs: null,
          lastSpanMs: null,
        };
        senders.delete(key);
        senders.set(key, { ...before, [LAST[signal]]: receivedMs });
        const [oldest] = senders.keys();
        if (senders.size > MAX_SENDERS && oldest !== undefined) senders.delete(oldest);
        return [{ signal, framework, known: known !== undefined, count }];
      }),
    signals: () => [...senders.values()].reverse(),
  };
}

function countRecords(sent: ResourceTelemetry): number {
  switch (sent.signal) {
    case 'logs':
      return sent.telemetry.scopeLogs.reduce((sum, { logRecords }) => sum + logRecords.length, 0);
    case 'traces':
      return sent.telemetry.scopeSpans.reduce((sum, { spans }) => sum + spans.length, 0);
    case 'metrics':
      return sent.telemetry.scopeMetrics
        .flatMap(({ metrics }) => metrics)
        .map(({ gauge, sum, histogram, exponentialHistogram, summary }) => {
          const data = gauge ?? sum ?? histogram ?? exponentialHistogram ?? summary;
          return data?.dataPoints.length ?? 0;
        })
        .reduce((sum, points) => sum + points, 0);
  }
}
