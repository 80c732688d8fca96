import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import type { Signal } from '../../../domain/outbox.ts';
import { encodeResponse } from '../../../otlp/codec.ts';
import type { PartialSuccess } from '../../../otlp/types.ts';

/** Signals of OTLP, each with a service of its own. */
export const SIGNALS: readonly Signal[] = ['logs', 'metrics', 'traces'];

/** Full names of the services. */
const SERVICES: Readonly<Record<Signal, string>> = {
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
};

/** A service with its one method, as grpc-js wants it. */
export type ExportService = ServiceDefinition<{ readonly Export: unknown }> & {
  readonly Export: MethodDefinition<Buffer, PartialSuccess>;
};

/**
 * The export service of a signal. Its requests are handed on as the bytes that they are: what grpc-js cannot deserialize
 * it calls INTERNAL, and the client should hear what is wrong with its request.
 * @see https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto/collector
 */
export function exportService(signal: Signal): ExportService {
  return {
    Export: {
      path: `/${SERVICES[signal]}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (body: Buffer) => body,
      requestDeserialize: (body: Buffer) => body,
      responseSerialize: (result: PartialSuccess) => Buffer.from(encodeResponse(signal, result, 'protobuf')),
      responseDeserialize: unused,
    },
  };
}

/** The side of the client, which a server never calls. */
function unused(): never {
  throw new Error('Cannot deserialize a response: this is the description of a server');
}
