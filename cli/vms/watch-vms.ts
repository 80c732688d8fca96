import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectToIngest } from '../bridge-api/connect-ingest.ts';
import type { CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { runChild } from '../task/run-child.ts';
import type { VmCheckOptions } from './run-vm-check.ts';
import { SAMPLER_FLAGS } from './sampler-flags.ts';

/** What to watch, and where to send. */
export interface WatchVmsOptions extends Omit<VmCheckOptions, 'bridgeProgram'> {
  readonly intervalMs: number;
  readonly to: string | undefined;
  readonly tokenFile: string | undefined;
}

/** Runs the sampler of virtual machines alone, until it is stopped. @throws CliError NOT_RUNNING or FAILED */
export async function watchVms(options: WatchVmsOptions, context: CommandContext): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-monitor-vms-'));
  try {
    const tokenFile = join(folder, 'token');
    let bridgeUrl = options.to;
    let token: string | null = null;
    if (bridgeUrl === undefined) {
      const access = await connectToIngest('Cannot watch', context);
      bridgeUrl = access.baseUrl;
      token = access.token;
    }
    if (token !== null) await writeFile(tokenFile, token, { mode: 0o600 });
    const config = {
      homes: [],
      import_days: 0,
      follow: false,
      hostname: hostname(),
      bridge_url: bridgeUrl,
      token_file:
        options.tokenFile !== undefined
          ? resolve(context.cwd, options.tokenFile)
          : token === null
            ? null
            : tokenFile,
      vms: {
        uris: options.uris,
        interval_ms: options.intervalMs,
        registry: options.registry,
        instances: options.instances,
      },
    };
    const file = join(folder, 'host.json');
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    context.output.info(`sampling ${options.uris.join(', ')} for ${bridgeUrl}; end with Ctrl-C`);
    const { exitCode, signal, startError } = await runChild({
      command: process.execPath,
      arguments: [...SAMPLER_FLAGS, context.packageFiles.vmSampler, '--config', file],
      env: context.env,
      cwd: context.cwd,
      maxDurationMs: null,
      stop: new AbortController().signal,
      onSignal: context.onSignal,
      isTerminal: false,
      output: process.stderr,
    });
    if (startError !== null || (exitCode !== 0 && signal === null)) {
      const why = startError ?? `exit code ${exitCode}`;
      throw new CliError('FAILED', `Cannot watch virtual machines: the sampler ended with ${why}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
