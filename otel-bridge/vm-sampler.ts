/**
 * The sampler of virtual machines alone: what `monitor vms watch` runs on another machine than the bridge's. A program of
 * its own, because it has to stay small beside what it looks at: `vm-sampler --config FILE`, until SIGTERM or SIGINT.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { readHostConfig } from './host/host-config.ts';
import type { HostLog } from './host/host-log.ts';
import { createSamplePoster } from './host/post-samples.ts';
import { readTokenFile } from './host/read-token-file.ts';
import { startVmSampler } from './host/vms/start-vm-sampler.ts';

/** A line each, for a person. */
const log: HostLog = {
  info: (_, message) => void process.stderr.write(`${message}\n`),
  warn: ({ err }: { readonly err?: unknown }, message) => {
    const why = err instanceof Error ? `${err.message}: ` : '';
    process.stderr.write(`${new Date().toISOString()} ${why}${message}\n`);
  },
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new Error('Usage: vm-sampler --config FILE');
  const { vms, hostname, bridge_url, token_file } = readHostConfig(values.config);
  if (vms === undefined || vms === null) throw new Error('Cannot sample: the configuration names no libvirt');
  const ended = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await using _sampler = startVmSampler({
    settings: { ...vms, intervalMs: vms.interval_ms },
    hostname,
    sink: createSamplePoster({ bridgeUrl: bridge_url, readToken: () => readTokenFile(token_file) }),
    log,
  });
  await ended;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
