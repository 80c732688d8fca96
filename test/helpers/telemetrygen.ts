/** The generator of telemetry that OpenTelemetry's own Collector is tested with. */
import { spawn } from 'node:child_process';
import type { Signal } from '../../otel-bridge/domain/outbox.ts';
import { enginePath } from './engines.ts';

/** What to generate. */
export interface TelemetrygenOptions {
  readonly signal: Signal;
  /** Log records, data points, or traces of two spans. */
  readonly count: number;
  readonly protocol: 'grpc' | 'http';
  readonly port: number;
  /** A second; 0 = as fast as it goes. @default 0 */
  readonly rate?: number;
  /** `service.name`. */
  readonly service: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How it ended. */
export interface TelemetrygenResult {
  readonly exitCode: number | null;
  /** Lines that tell of trouble. */
  readonly complaints: readonly string[];
}

/** Runs `telemetrygen` to its end. */
export async function runTelemetrygen(options: TelemetrygenOptions): Promise<TelemetrygenResult> {
  const { signal, count, protocol, port, rate = 0, service, headers = {} } = options;
  const args = [
    signal,
    `--${signal}`,
    String(count),
    '--otlp-insecure',
    '--otlp-endpoint',
    `127.0.0.1:${port}`,
    '--rate',
    String(rate),
    '--service',
    service,
    ...(protocol === 'http' ? ['--otlp-http'] : []),
    ...Object.entries(headers).flatMap(([name, value]) => ['--otlp-header', `${name}="${value}"`]),
  ];
  const child = spawn(enginePath('telemetrygen'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const complaints = output.split('\n').filter((line) => /\t(?:WARN|ERROR|FATAL)\t|^Error|panic/.test(line));
  return { exitCode, complaints };
}
