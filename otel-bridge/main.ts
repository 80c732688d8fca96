import { parseArgs } from 'node:util';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { readBridgeConfig } from './config.ts';
import { errorCode } from './domain/error.ts';
import { buildEventSchema } from './event-schema/build-event-schema.ts';
import { readHostConfig } from './host/host-config.ts';
import { runHost } from './host/run-host.ts';
import { sampleOnce } from './host/vms/sample-once.ts';
import { type JournalThreadData, runJournalThread } from './journal-thread.ts';
import { runBridge } from './run-bridge.ts';
import { createLogTap } from './self-telemetry/log-tap.ts';
import { keepLogSmall } from './supervisor/keep-log-small.ts';
import { EXIT_CONFIGURATION } from './supervisor/messages.ts';
import { startSupervisor } from './supervisor/supervise.ts';

const USAGE =
  'Usage: bridge supervise --config FILE [--log-file FILE], bridge --config FILE, bridge host --config FILE [--once] [--agent A] [--path P] [--since ISO], bridge vms --config FILE, or bridge schema';

/** The service's program: one file, several roles. `monitor` starts `supervise` and `host`, those start the rest. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      once: { type: 'boolean' },
      agent: { type: 'string' },
      path: { type: 'string' },
      since: { type: 'string' },
      'log-file': { type: 'string' },
    },
  });
  const [role] = positionals;
  const { config: configPath } = values;
  if (role === 'schema') {
    process.stdout.write(`${JSON.stringify(buildEventSchema())}\n`);
    return;
  }
  if (configPath === undefined) throw new Error(USAGE);
  if (role === 'vms') {
    const { vms, hostname } = readHostConfig(configPath);
    if (vms === undefined || vms === null) throw new Error(USAGE);
    const warnings = {
      info: () => undefined,
      warn: (_: object, message: string) => process.stderr.write(`${message}\n`),
    };
    const check = await sampleOnce({ ...vms, intervalMs: vms.interval_ms }, hostname, warnings);
    process.stdout.write(`${JSON.stringify(check)}\n`);
    return;
  }
  const logTap = createLogTap();
  const log = pino(
    { name: role ?? 'bridge' },
    pino.multistream([{ stream: pino.destination(1) }, { level: 'warn', stream: logTap.stream }]),
  );
  const logFile = values['log-file'];
  if (logFile !== undefined) {
    keepLogSmall(logFile, { onError: (error) => log.warn(`cannot put the log aside: ${error.message}`) });
  }
  switch (role) {
    case 'supervise': {
      const config = readBridgeConfig(configPath);
      const supervisor = await startSupervisor({
        listen: config.listen,
        ports: config.ports,
        childPath: import.meta.filename,
        childArgs: ['bridge', '--config', configPath],
        log: (message) => log.warn(message),
      });
      process.on('SIGTERM', supervisor.stop);
      process.on('SIGINT', supervisor.stop);
      process.exitCode = await supervisor.ended;
      return;
    }
    case 'bridge':
      await runBridge({ config: readBridgeConfig(configPath), log, logTap, program: import.meta.filename });
      // The channel to the supervisor would keep this process alive.
      if (process.connected) process.disconnect();
      return;
    case 'host': {
      const stop = new AbortController();
      process.once('SIGTERM', () => stop.abort());
      process.once('SIGINT', () => stop.abort());
      await runHost({
        configPath,
        log,
        signal: stop.signal,
        ...(values.once === undefined
          ? {}
          : { once: values.once, onProgress: (line) => process.stdout.write(`${line}\n`) }),
        ...(values.agent === undefined ? {} : { framework: values.agent }),
        ...(values.path === undefined ? {} : { path: values.path }),
        ...(values.since === undefined ? {} : { sinceMs: Date.parse(values.since) }),
      });
      return;
    }
    default:
      throw new Error(USAGE);
  }
}

if (isMainThread) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    // A restart does not mend what is written in a file, or taken by someone else.
    const lasting = ['invalid', 'not_found', 'conflict'].includes(errorCode(error));
    process.exit(lasting ? EXIT_CONFIGURATION : 1);
  });
} else if (parentPort !== null) {
  runJournalThread(parentPort, workerData as JournalThreadData);
}
