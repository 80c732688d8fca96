/**
 * A loopback OTLP/HTTP sink that keeps what it was sent, for recording fixtures and for seeing what an
 * agent really exports. It can be told to refuse, as a receiver in trouble would.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { readBody } from './read-body.ts';

/** The three signals of OTLP, as in the path `/v1/<signal>`. */
export type OtlpSignal = 'logs' | 'metrics' | 'traces';

/** One export request. */
export interface RecordedExport {
  signal: OtlpSignal;
  /** The status it was answered with. */
  status: number;
  /** Milliseconds since the epoch. */
  receivedAtMs: number;
  contentType: string;
  /** The body after inflating. */
  body: Buffer;
  /** The body of an `http/json` export, undefined for protobuf. */
  json: unknown;
}

/** How to answer an export. */
export interface OtlpAnswer {
  status: number;
  headers?: Record<string, string>;
}

/** Options of {@link startOtlpRecorder}. */
export interface OtlpRecorderOptions {
  /** @default 0, any free port */
  port?: number;
  /** Called for each export before it is answered. @default always 200 */
  answer?: (signal: OtlpSignal) => OtlpAnswer;
}

/** One log record, with its attributes and those of its resource as plain values. */
export interface FlatLogRecord {
  timeUnixNano: string;
  observedTimeUnixNano: string;
  body: unknown;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

/** A running recorder. */
export interface OtlpRecorder extends AsyncDisposable {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  url: string;
  port: number;
  /** All exports in order of arrival, refused ones too. */
  exports: RecordedExport[];
  /** JSON bodies of the accepted exports of a signal. */
  accepted(signal: OtlpSignal): unknown[];
  /** Log records of the accepted exports in order of arrival. */
  logRecords(): FlatLogRecord[];
  close(): Promise<void>;
}

/** Starts the recorder on the loopback interface. */
export async function startOtlpRecorder(options: OtlpRecorderOptions = {}): Promise<OtlpRecorder> {
  const exports: RecordedExport[] = [];
  const answer = options.answer ?? ((): OtlpAnswer => ({ status: 200 }));
  const server = createServer(async (request, response) => {
    const signal = /^\/v1\/(logs|metrics|traces)$/.exec(request.url ?? '')?.[1] as OtlpSignal | undefined;
    const sent = await readBody(request);
    if (sent === null) return;
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    if (request.method !== 'POST' || signal === undefined) {
      response.writeHead(404).end();
      return;
    }
    const contentType = request.headers['content-type'] ?? '';
    const isJson = contentType.startsWith('application/json');
    const { status, headers = {} } = answer(signal);
    const json: unknown = isJson ? JSON.parse(body.toString('utf8')) : undefined;
    exports.push({ signal, status, receivedAtMs: Date.now(), contentType, body, json });
    response.writeHead(status, { 'content-type': contentType, ...headers });
    response.end(isJson ? '{}' : undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const accepted = (signal: OtlpSignal) =>
    exports.filter((e) => e.signal === signal && e.status < 300 && e.json !== undefined).map((e) => e.json);
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    exports,
    accepted,
    logRecords: () => accepted('logs').flatMap(flattenLogs),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface KeyValue {
  key: string;
  value?: Record<string, unknown>;
}

interface LogsRequest {
  resourceLogs: {
    resource?: { attributes?: KeyValue[] };
    scopeLogs: {
      logRecords: {
        timeUnixNano: string;
        observedTimeUnixNano: string;
        body?: Record<string, unknown>;
        attributes?: KeyValue[];
      }[];
    }[];
  }[];
}

/** Log records of one export request in JSON, with plain attributes. */
export function flattenLogs(request: unknown): FlatLogRecord[] {
  return (request as LogsRequest).resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map((record) => ({
        timeUnixNano: record.timeUnixNano,
        observedTimeUnixNano: record.observedTimeUnixNano,
        body: plain(record.body),
        attributes: toRecord(record.attributes),
        resource: toRecord(resource?.attributes),
      })),
    ),
  );
}

function toRecord(pairs: KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]));
}

/** The value of an AnyValue; an `intValue` may be a string in JSON and becomes a number. */
function plain(value: Record<string, unknown> | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.arrayValue !== undefined) {
    return (value.arrayValue as { values?: Record<string, unknown>[] }).values?.map(plain) ?? [];
  }
  return Object.values(value)[0];
}
