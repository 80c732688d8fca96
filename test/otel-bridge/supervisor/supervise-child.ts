import { join } from 'node:path';
import { startSupervisor } from '../../../otel-bridge/supervisor/supervise.ts';

/** A supervisor in a process of its own. First argument: its ports as JSON. */
await startSupervisor({
  listen: ['127.0.0.1'],
  ports: JSON.parse(process.argv[2] ?? ''),
  childPath: join(import.meta.dirname, 'echo-child.ts'),
  childArgs: [],
  log: () => undefined,
});
