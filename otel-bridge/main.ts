import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { errorCode } from './domain/error.ts';
import { freeMemoryWhenQuiet } from './free-memory.ts';
import { isMergeThreadData } from './journal/sqlite/log-merging/merge-thread.ts';
import { runMergeThread } from './journal/sqlite/log-merging/run-merge-thread.ts';
import type { JournalThreadData } from './start-journal-thread.ts';
import { keepLogSmall } from './supervisor/keep-log-small.ts';
import { EXIT_CONFIGURATION } from './supervisor/messages.ts';
import { readListenOptions } from './supervisor/read-listen-options.ts';
import { startSupervisor } from './supervisor/supervise.ts';

const USAGE =
  'Usage: bridge supervise --config FILE [--log-file FILE], bridge --config FILE, bridge host --config FILE [--once] [--agent A] [--path P] [--since ISO], bridge vms --config FILE, or bridge schema';

/** All roles but that of the parent, which is a program of its own so that it stays small: `bridge-roles.mjs`. */
const roles = (): Promise<typeof import('./roles.ts')> => import('./roles.ts');

/** A warning, as a line of pino's, which the parent does not load for the few that it has. */
function warn(name: string, msg: string): void {
  const line = { level: 40, time: Date.now(), pid: process.pid, hostname: hostname(), name, msg };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The service's program, with several roles: `monitor` starts `supervise` and `host`, those start the rest. */
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
    await (await roles()).printSchema();
    return;
  }
  if (configPath === undefined) throw new Error(USAGE);
  if (role === 'vms') {
    if (!(await (await roles()).printVms(configPath))) throw new Error(USAGE);
    return;
  }
  const logFile = values['log-file'];
  if (logFile !== undefined) {
    keepLogSmall(logFile, {
      onError: (error) => warn(role ?? 'bridge', `cannot put the log aside: ${error.message}`),
    });
  }
  switch (role) {
    case 'supervise': {
      const { listen, ports } =
        readListenOptions(configPath) ?? (await (await roles()).readConfig(configPath));
      const supervisor = await startSupervisor({
        listen,
        ports,
        childPath: import.meta.filename,
        childArgs: ['bridge', '--config', configPath],
        log: (message) => warn(role, message),
      });
      freeMemoryWhenQuiet();
      process.on('SIGTERM', supervisor.stop);
      process.on('SIGINT', supervisor.stop);
      process.exitCode = await supervisor.ended;
      return;
    }
    case 'bridge':
      await (await roles()).runBridgeRole(configPath, import.meta.filename);
      return;
    case 'host':
      await (await roles()).runHostRole(configPath, values);
      return;
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
} else if (parentPort !== null && isMergeThreadData(workerData)) {
  runMergeThread(parentPort, workerData);
} else if (parentPort !== null) {
  const { runJournalThread } = await import('./journal-role.ts');
  runJournalThread(parentPort, workerData as JournalThreadData);
}
