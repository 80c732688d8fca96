import { logs, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { Signal } from '../domain/outbox.ts';
import { registerInstruments } from './instruments.ts';
import type { LogLine } from './log-tap.ts';
import type { Readings } from './readings.ts';
import type { FinishedWork, WorkMeter } from './work-meter.ts';

/** Where the SDK sends to. */
export interface SdkTarget {
  /** OTLP/HTTP base URL. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signals: readonly Signal[];
  /** PEM of the authorities to trust for https; absent for http. */
  readonly ca?: readonly string[];
}

/** What the SDK is started with. */
export interface SdkOptions {
  readonly targets: readonly SdkTarget[];
  /** Resource of everything that is sent. */
  readonly resource: Readonly<Record<string, string>>;
  readonly metricIntervalMs: number;
  readonly work: WorkMeter;
  readonly read: () => Promise<Readings>;
}

/** A running SDK. */
export interface Sdk {
  span(work: FinishedWork): void;
  log(line: LogLine): void;
  shutdown(): Promise<void>;
}

const SCOPE = 'agent-monitor';
/** A target that is away is not waited for: what the SDK holds is lost then, unlike anything about agents. */
const EXPORT_TIMEOUT_MS = 5_000;

/** Starts the SDK. Imported only where there is a target, for it takes memory and time to load. */
export function startSdk({ targets, resource, metricIntervalMs, work, read }: SdkOptions): Sdk {
  forgetEnvironment();
  const exporters = <T>(signal: Signal, create: (options: ReturnType<typeof exporterOptions>) => T): T[] =>
    targets
      .filter(({ signals }) => signals.includes(signal))
      .map((target) => create(exporterOptions(target, signal)));
  const sdk = new NodeSDK({
    resource: resourceFromAttributes(resource),
    autoDetectResources: false,
    // Nothing of this process is followed by itself: no request of an exporter becomes a span.
    instrumentations: [],
    textMapPropagator: null,
    metricReaders: exporters(
      'metrics',
      (options) =>
        new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter(options),
          exportIntervalMillis: metricIntervalMs,
          exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, metricIntervalMs),
        }),
    ),
    logRecordProcessors: exporters(
      'logs',
      (options) => new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(options) }),
    ),
    spanProcessors: exporters(
      'traces',
      (options) => new BatchSpanProcessor({ exporter: new OTLPTraceExporter(options) }),
    ),
  });
  sdk.start();
  registerInstruments(metrics.getMeter(SCOPE), work, read);
  const tracer = trace.getTracer(SCOPE);
  const logger = logs.getLogger(SCOPE);
  return {
    span({ name, startMs, endMs, attributes, error }) {
      const span = tracer.startSpan(name, { startTime: startMs, attributes, root: true });
      if (error !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      span.end(endMs);
    },
    log({ level, timeMs, message, fields }) {
      logger.emit({
        timestamp: timeMs,
        severityNumber: severityOf(level),
        severityText: SEVERITY_TEXT[severityOf(level)] ?? '',
        body: message,
        attributes: Object.fromEntries(
          Object.entries(fields).map(([key, value]) => [
            key,
            typeof value === 'object' ? JSON.stringify(value) : (value as string | number | boolean),
          ]),
        ),
      });
    },
    shutdown: () => sdk.shutdown(),
  };
}

const SEVERITY_TEXT: Readonly<Record<number, string>> = { 13: 'WARN', 17: 'ERROR', 21: 'FATAL' };

/** OpenTelemetry's number of a level of pino. */
function severityOf(level: number): number {
  if (level >= 60) return 21;
  return level >= 50 ? 17 : 13;
}

function exporterOptions({ endpoint, headers, ca }: SdkTarget, signal: Signal) {
  return {
    url: `${endpoint.replace(/\/+$/, '')}/v1/${signal}`,
    headers: { ...headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
    ...(ca === undefined ? {} : { httpAgentOptions: { ca: [...ca] } }),
  };
}

/**
 * What `monitor env` sets for agents is for agents: with it the SDK would send to our own front door, with an agent's
 * token.
 */
function forgetEnvironment(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
}
