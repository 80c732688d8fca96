import { join } from 'node:path';
import { readBridgeConfig } from '../../otel-bridge/config.ts';
import { startSupervisor } from '../../otel-bridge/supervisor/supervise.ts';

/**
 * The supervisor of the real bridge, started as the program is, that starts a killed bridge again without waiting ever
 * longer: for tests that kill it over and over.
 */
const configPath = process.argv.at(-1) ?? '';
const { listen, ports } = readBridgeConfig(configPath);
const supervisor = await startSupervisor({
  listen,
  ports,
  childPath: join(import.meta.dirname, '../../otel-bridge/main.ts'),
  childArgs: ['bridge', '--config', configPath],
  healthyMs: 0,
  log: () => undefined,
});
process.on('SIGTERM', supervisor.stop);
process.exitCode = await supervisor.ended;
