/** The official OpenTelemetry SDK for JavaScript as a sender, over each of its protocols. */
import { Metadata } from '@grpc/grpc-js';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { RunningBridge } from './bridge.ts';

/** `OTEL_EXPORTER_OTLP_PROTOCOL` */
export type OtlpProtocol = 'grpc' | 'http/json' | 'http/protobuf';

/** How a sender reaches the bridge. */
export interface SdkOptions {
  readonly bridge: RunningBridge;
  readonly protocol: OtlpProtocol;
  readonly token?: string;
}

/** What became of an export. */
type ExportResult = Parameters<Parameters<LogRecordExporter['export']>[1]>[0];

interface Exporters {
  readonly logs: LogRecordExporter;
  readonly metrics: PushMetricExporter;
  readonly traces: SpanExporter;
}

/** The exporters of a protocol, compressing what they send. */
export function createExporters({ bridge, protocol, token }: SdkOptions): Exporters {
  const compression = 'gzip' as never;
  if (protocol === 'grpc') {
    const metadata = new Metadata();
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
    const options = { url: `http://127.0.0.1:${bridge.config.ports.otlp_grpc}`, compression, metadata };
    return {
      logs: new GrpcLogs(options),
      metrics: new GrpcMetrics(options),
      traces: new GrpcTraces(options),
    };
  }
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const to = (signal: string) => ({ url: `${bridge.otlpUrl}/v1/${signal}`, compression, headers });
  return protocol === 'http/json'
    ? {
        logs: new JsonLogs(to('logs')),
        metrics: new JsonMetrics(to('metrics')),
        traces: new JsonTraces(to('traces')),
      }
    : {
        logs: new ProtobufLogs(to('logs')),
        metrics: new ProtobufMetrics(to('metrics')),
        traces: new ProtobufTraces(to('traces')),
      };
}

/** Sends that many log records and spans, and a counter that went up as often. Answers the results of the exports. */
export async function sendWithSdk(
  options: SdkOptions,
  service: string,
  count: number,
): Promise<ExportResult[]> {
  const exporters = createExporters(options);
  const results: ExportResult[] = [];
  for (const exporter of Object.values(exporters)) watchExports(exporter, results);
  const resource = resourceFromAttributes({ 'service.name': service });
  const logs = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: exporters.logs })],
  });
  const metrics = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({ exporter: exporters.metrics, exportIntervalMillis: 60_000 }),
    ],
  });
  const traces = new TracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor({ exporter: exporters.traces })],
  });
  const logger = logs.getLogger('test');
  const counter = metrics.getMeter('test').createCounter('things');
  const histogram = metrics.getMeter('test').createHistogram('sizes');
  const tracer = traces.getTracer('test');
  for (let number = 0; number < count; number += 1) {
    logger.emit({
      body: `record ${number}`,
      severityNumber: 9,
      attributes: { number, nested: { a: [1, 'b'] } },
    });
    counter.add(1);
    histogram.record(number);
    tracer.startSpan(`span ${number}`, { attributes: { number } }).end();
  }
  // They fail where an export did, which the results tell.
  await Promise.allSettled([logs.shutdown(), metrics.shutdown(), traces.shutdown()]);
  return results;
}

/** Notes how each export ends. */
function watchExports(
  exporter: { export(items: never, done: (result: ExportResult) => void): void },
  results: ExportResult[],
): void {
  const original = exporter.export.bind(exporter);
  exporter.export = (items, done) =>
    original(items, (result) => {
      results.push(result);
      done(result);
    });
}

/** Exports records until the receiver has them, as a sender that gives up nothing would. */
export async function exportUntilTaken(
  exporter: LogRecordExporter,
  records: ReadableLogRecord[],
): Promise<{ readonly failures: number }> {
  for (let failures = 0; ; failures += 1) {
    const { code } = await new Promise<ExportResult>((resolve) => exporter.export(records, resolve));
    if (code === 0) return { failures };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
