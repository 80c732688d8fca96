import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { BridgeConfig } from './config.ts';

/*
 * What the service's program does beside keeping sockets. Each role loads its own part alone; that of the
 * journal's thread is journal-role.ts.
 */

/** The bridge itself. @param program the file that its journal's thread is started from */
export async function runBridgeRole(configPath: string, program: string): Promise<void> {
  const { createLogTap } = await import('./self-telemetry/log-tap.ts');
  const { runBridge } = await import('./run-bridge.ts');
  const logTap = createLogTap();
  const log = await createLog('bridge', logTap.stream);
  await runBridge({ config: await readConfig(configPath), log, logTap, program });
  // The channel to the supervisor would keep this process alive.
  if (process.connected) process.disconnect();
}

/** Command line of the host part. */
export interface HostArguments {
  readonly once?: boolean;
  readonly agent?: string;
  readonly path?: string;
  readonly since?: string;
}

/** The host part, which does what only the host can. */
export async function runHostRole(configPath: string, values: HostArguments): Promise<void> {
  const { runHost } = await import('./host/run-host.ts');
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  process.once('SIGINT', () => stop.abort());
  await runHost({
    configPath,
    log: await createLog('host'),
    signal: stop.signal,
    ...(values.once === undefined
      ? {}
      : { once: values.once, onProgress: (line) => process.stdout.write(`${line}\n`) }),
    ...(values.agent === undefined ? {} : { framework: values.agent }),
    ...(values.path === undefined ? {} : { path: values.path }),
    ...(values.since === undefined ? {} : { sinceMs: Date.parse(values.since) }),
  });
}

/** Prints the JSON Schema of events. */
export async function printSchema(): Promise<void> {
  const { buildEventSchema } = await import('./event-schema/build-event-schema.ts');
  process.stdout.write(`${JSON.stringify(buildEventSchema())}\n`);
}

/** Looks at the VMs once and prints what was found. @returns false where the configuration names none */
export async function printVms(configPath: string): Promise<boolean> {
  const { readHostConfig } = await import('./host/host-config.ts');
  const { sampleOnce } = await import('./host/vms/sample-once.ts');
  const { vms, hostname } = readHostConfig(configPath);
  if (vms === undefined || vms === null) return false;
  const warnings = {
    info: () => undefined,
    warn: (_: object, message: string) => process.stderr.write(`${message}\n`),
  };
  const check = await sampleOnce({ ...vms, intervalMs: vms.interval_ms }, hostname, warnings);
  process.stdout.write(`${JSON.stringify(check)}\n`);
  return true;
}

/** Reads the bridge's configuration. @throws MonitorError `invalid` with what is wrong in it. */
export async function readConfig(path: string): Promise<BridgeConfig> {
  const { readBridgeConfig } = await import('./config.ts');
  return readBridgeConfig(path);
}

/** A log on the output. @param tap hears of warnings as well */
async function createLog(name: string, tap?: Writable): Promise<Logger> {
  const { pino } = await import('pino');
  const taps = tap === undefined ? [] : [{ level: 'warn' as const, stream: tap }];
  return pino({ name }, pino.multistream([{ stream: pino.destination(1) }, ...taps]));
}
