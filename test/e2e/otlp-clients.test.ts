import { readFile } from 'node:fs/promises';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mintToken } from '../../cli/tokens/mint-token.ts';
import type { BridgeConfig } from '../../otel-bridge/config.ts';
import type { Signal } from '../../otel-bridge/domain/outbox.ts';
import { attributesToMap } from '../../otel-bridge/otlp/attributes.ts';
import type { LogsRequest, MetricsRequest, TracesRequest } from '../../otel-bridge/otlp/types.ts';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { missingEngines } from '../helpers/engines.ts';
import {
  createExporters,
  exportUntilTaken,
  type OtlpProtocol,
  sendWithSdk,
} from '../helpers/otlp-clients.ts';
import { type OtlpTarget, startOtlpTarget } from '../helpers/otlp-target.ts';
import { runTelemetrygen } from '../helpers/telemetrygen.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const SIGNALS: readonly Signal[] = ['logs', 'metrics', 'traces'];
const PROTOCOLS: readonly OtlpProtocol[] = ['grpc', 'http/json', 'http/protobuf'];

/** What the bridge passed on: how often each record of a service came. */
interface PassedOn {
  readonly logs: Map<string, number>;
  readonly spans: Map<string, number>;
  /** Number of data points by metric. */
  readonly points: Map<string, number>;
  /** Projects that the resources carry. */
  readonly projects: Set<unknown>;
}

function passedOn(target: OtlpTarget, service: string): PassedOn {
  const result: PassedOn = { logs: new Map(), spans: new Map(), points: new Map(), projects: new Set() };
  const add = (counts: Map<string, number>, key: string): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  for (const { signal, request, answer } of target.requests) {
    if (typeof answer === 'string' || answer.status !== 200) continue;
    const groups =
      signal === 'logs'
        ? (request as LogsRequest).resourceLogs
        : signal === 'metrics'
          ? (request as MetricsRequest).resourceMetrics
          : (request as TracesRequest).resourceSpans;
    for (const group of groups) {
      const resource = attributesToMap(group.resource?.attributes ?? []);
      if (resource.get('service.name') !== service) continue;
      result.projects.add(resource.get('project'));
      if ('scopeLogs' in group) {
        for (const { body } of group.scopeLogs.flatMap(({ logRecords }) => logRecords)) {
          add(result.logs, String(body?.stringValue));
        }
      } else if ('scopeSpans' in group) {
        for (const { traceId, spanId } of group.scopeSpans.flatMap(({ spans }) => spans)) {
          add(result.spans, `${traceId}/${spanId}`);
        }
      } else {
        for (const { name, gauge, sum, histogram } of group.scopeMetrics.flatMap(({ metrics }) => metrics)) {
          const { dataPoints = [] } = gauge ?? sum ?? histogram ?? {};
          for (const _ of dataPoints) add(result.points, name);
        }
      }
    }
  }
  return result;
}

const sumOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

let target: OtlpTarget;
let bridge: RunningBridge;

/** Everything that agents send goes on to the target. */
function targets(): BridgeConfig['targets'] {
  return [{ name: 'main', endpoint: null, raw_endpoint: target.url, signals: [...SIGNALS], headers: {} }];
}

beforeAll(async () => {
  target = await startOtlpTarget();
  bridge = await startBridge({ targets: targets() });
});
afterAll(async () => {
  await bridge[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

describe("OpenTelemetry's SDK for JavaScript", () => {
  test.each(PROTOCOLS)('sends all three signals over %s without an error', async (protocol) => {
    const service = `sdk ${protocol}`;
    const results = await sendWithSdk({ bridge, protocol }, service, 700);
    expect(results.length).toBeGreaterThan(4);
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    const found = await waitUntil(
      () => passedOn(target, service),
      ({ logs, spans, points }) => logs.size >= 700 && spans.size >= 700 && points.size >= 2,
    );
    expect([sumOf(found.logs), sumOf(found.spans)]).toEqual([700, 700]);
    expect(Object.fromEntries(found.points)).toEqual({ things: 1, sizes: 1 });
  });

  test.each(PROTOCOLS)('sends over %s with a token, which fixes its project', async (protocol) => {
    await using strict = await startBridge({
      targets: targets(),
      auth: { require_tokens: true, allow_unauthenticated_from: [] },
    });
    const service = `token ${protocol}`;
    const secret = await readFile(strict.config.token_secret_file, 'utf8');
    const token = mintToken(secret, { scope: 'ingest', project: 'fixed' });
    const results = await sendWithSdk({ bridge: strict, protocol, token }, service, 10);
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    await waitUntil(
      () => passedOn(target, service),
      ({ logs, spans, points }) => logs.size >= 10 && spans.size >= 10 && points.size >= 2,
    );
    expect([...passedOn(target, service).projects]).toEqual(['fixed']);
    const refused = await sendWithSdk({ bridge: strict, protocol }, `${service} without`, 1);
    expect(refused.map(({ code }) => code)).toEqual([1, 1, 1]);
  });
});

const noGenerator = missingEngines('telemetrygen');

describe.skipIf(noGenerator !== null)(
  `telemetrygen${noGenerator === null ? '' : ` (${noGenerator})`}`,
  () => {
    const cases = SIGNALS.flatMap((signal) =>
      (['grpc', 'http'] as const).map((protocol) => [signal, protocol] as const),
    );
    test.each(cases)('sends %s over %s without an error', async (signal, protocol) => {
      const service = `gen ${signal} ${protocol}`;
      const { otlp_grpc, otlp_http } = bridge.config.ports;
      const port = protocol === 'grpc' ? otlp_grpc : otlp_http;
      const { exitCode, complaints } = await runTelemetrygen({ signal, protocol, port, service, count: 500 });
      expect([exitCode, complaints]).toEqual([0, []]);
      const sumOfSignal = (): number => {
        const { logs, spans, points } = passedOn(target, service);
        return sumOf(signal === 'logs' ? logs : signal === 'traces' ? spans : points);
      };
      // Traces have a span on each side.
      const wanted = signal === 'traces' ? 1000 : 500;
      expect(await waitUntil(sumOfSignal, (sum) => sum >= wanted)).toBe(wanted);
    });

    test('loses nothing over gRPC when the bridge is killed in the midst of it', async () => {
      await using killed = await startBridge({ targets: targets() });
      const service = 'gen killed';
      // Once: it gives a batch up after 10 s, and waits up to 7 s before it tries one again.
      const kills = killRepeatedly(killed, 1, 1500);
      const { exitCode } = await runTelemetrygen({
        signal: 'logs',
        protocol: 'grpc',
        port: killed.config.ports.otlp_grpc,
        service,
        count: 10_000,
        rate: 2000,
      });
      await kills;
      expect(exitCode).toBe(0);
      const sum = await waitUntil(
        () => sumOf(passedOn(target, service).logs),
        (found) => found >= 10_000,
      );
      // What was durable and not acknowledged yet when the bridge died came twice: never more than one batch.
      expect(sum).toBeLessThanOrEqual(10_100);
    });
  },
);

describe('a bridge that is killed while senders export over gRPC', () => {
  test('has every record that it acknowledged', async () => {
    await using killed = await startBridge({ targets: targets() });
    const service = 'sdk killed';
    const { logs: exporter } = createExporters({ bridge: killed, protocol: 'grpc' });
    const memory = new InMemoryLogRecordExporter();
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({
        'service.name': service,
      }),
      processors: [new SimpleLogRecordProcessor({ exporter: memory })],
    });
    const logger = provider.getLogger('test');
    const kills = killRepeatedly(killed, 3, 700);
    let isKilling = true;
    void kills.finally(() => {
      isKilling = false;
    });
    let acknowledged = 0;
    let failures = 0;
    while (isKilling) {
      for (let index = 0; index < 20; index += 1) logger.emit({ body: `record ${acknowledged + index}` });
      await provider.forceFlush();
      const result = await exportUntilTaken(exporter, memory.getFinishedLogRecords());
      failures += result.failures;
      acknowledged += 20;
      memory.reset();
    }
    expect(failures).toBeGreaterThan(0);
    const { logs } = await waitUntil(
      () => passedOn(target, service),
      ({ logs: found }) => found.size >= acknowledged,
    );
    const missing = Array.from({ length: acknowledged }, (_, index) => `record ${index}`).filter(
      (body) => !logs.has(body),
    );
    expect(missing).toEqual([]);
    await exporter.shutdown();
  });
});

/** Kills the bridge's process that many times, each time when it is ready again. */
async function killRepeatedly(running: RunningBridge, times: number, intervalMs: number): Promise<void> {
  let killedPid = Number.NaN;
  for (let count = 0; count < times; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
    const last = killedPid;
    killedPid = await waitUntil(
      () => running.childPid(),
      (pid) => pid !== last,
    );
    process.kill(killedPid, 'SIGKILL');
  }
  await waitUntil(
    () => running.childPid(),
    (pid) => pid !== killedPid,
  );
}
