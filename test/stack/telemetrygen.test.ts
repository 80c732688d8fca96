import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BridgeConfig } from '../../otel-bridge/config.ts';
import type { Signal } from '../../otel-bridge/domain/outbox.ts';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { missingEngines } from '../helpers/engines.ts';
import { killRepeatedly } from '../helpers/kill-repeatedly.ts';
import { type OtlpTarget, startOtlpTarget } from '../helpers/otlp-target.ts';
import { passedOn, sumOf } from '../helpers/passed-on.ts';
import { runTelemetrygen } from '../helpers/telemetrygen.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const SIGNALS: readonly Signal[] = ['logs', 'metrics', 'traces'];

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
      // It gives a batch up after 10 s, and waits up to 7 s before it tries one again: a busy machine may need another go.
      let service = '';
      let exitCode: number | null = null;
      for (let turn = 1; turn <= 3 && exitCode !== 0; turn += 1) {
        service = `gen killed ${turn}`;
        const kills = killRepeatedly(killed, 1, 1500);
        const ended = await runTelemetrygen({
          signal: 'logs',
          protocol: 'grpc',
          port: killed.config.ports.otlp_grpc,
          service,
          count: 10_000,
          rate: 2000,
        });
        await kills;
        exitCode = ended.exitCode;
      }
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
