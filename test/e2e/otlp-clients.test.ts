import { readFile } from 'node:fs/promises';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mintToken } from '../../cli/tokens/mint-token.ts';
import type { BridgeConfig } from '../../otel-bridge/config.ts';
import type { Signal } from '../../otel-bridge/domain/outbox.ts';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { killRepeatedly } from '../helpers/kill-repeatedly.ts';
import {
  createExporters,
  exportUntilTaken,
  type OtlpProtocol,
  sendWithSdk,
} from '../helpers/otlp-clients.ts';
import { type OtlpTarget, startOtlpTarget } from '../helpers/otlp-target.ts';
import { passedOn, sumOf } from '../helpers/passed-on.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const SIGNALS: readonly Signal[] = ['logs', 'metrics', 'traces'];
const PROTOCOLS: readonly OtlpProtocol[] = ['grpc', 'http/json', 'http/protobuf'];

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
