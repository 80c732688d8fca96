import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningBridge } from './bridge.ts';
import { runProgram } from './npm-agent.ts';

const PROGRAM = join(import.meta.dirname, '../../otel-bridge/main.ts');
const IMPORT_TIMEOUT_MS = 60_000;

/**
 * Reads an agent's transcripts once, as `monitor import AGENT` does, and posts what they tell.
 * @throws Error with what was said where that fails
 */
export async function importTranscripts(
  bridge: RunningBridge,
  home: string,
  framework: string,
): Promise<void> {
  const name = crypto.randomUUID();
  const config = join(bridge.folder, `import-${name}.json`);
  await writeFile(
    config,
    JSON.stringify({
      homes: [home],
      import_days: 30,
      follow: false,
      hostname: 'box',
      bridge_url: bridge.ingestUrl,
      token_file: null,
      state_file: join(bridge.folder, `import-${name}-state.json`),
    }),
  );
  const args = [PROGRAM, 'host', '--once', '--config', config, '--agent', framework];
  const done = await runProgram(process.execPath, args, {
    env: process.env,
    timeoutMs: IMPORT_TIMEOUT_MS,
  });
  if (done.exitCode !== 0) throw new Error(`Cannot import: ${done.stdout}\n${done.stderr}`);
}
