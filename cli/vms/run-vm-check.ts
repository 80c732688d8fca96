import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { runProcess } from '../docker/run-process.ts';
import { CliError } from '../errors.ts';
import { sampledThingSchema } from './sampled-thing.ts';

/** What `bridge vms` prints. */
const checkSchema = z.object({
  rounds: z.array(
    z.object({ sampler: z.string(), problem: z.string().nullable(), things: z.array(sampledThingSchema) }),
  ),
  instances: z.array(
    z.looseObject({
      name: z.string(),
      domain: z.string(),
      ssh: z.string().nullable(),
      uri: z.string().nullable(),
    }),
  ),
  problems: z.array(z.string()),
});
/** See `checkSchema`. */
export type VmCheck = z.infer<typeof checkSchema>;

/** What to look at. */
export interface VmCheckOptions {
  /** The bundled service. */
  readonly bridgeProgram: string;
  readonly uris: readonly string[];
  readonly registry: string | null;
  readonly instances: readonly unknown[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** Does one round of samples in a process of its own. @throws CliError FAILED */
export async function runVmCheck({
  bridgeProgram,
  uris,
  registry,
  instances,
  env,
}: VmCheckOptions): Promise<VmCheck> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-monitor-vms-'));
  try {
    const config = join(folder, 'host.json');
    const host = {
      homes: [],
      import_days: 0,
      follow: false,
      hostname: hostname(),
      bridge_url: 'http://127.0.0.1:8080',
      token_file: null,
      vms: { uris, interval_ms: 30_000, registry, instances },
    };
    await writeFile(config, JSON.stringify(host), { mode: 0o600 });
    const { exitCode, stdout, stderr } = await runProcess(
      process.execPath,
      [bridgeProgram, 'vms', '--config', config],
      {
        env,
      },
    );
    if (exitCode !== 0) {
      throw new CliError('FAILED', 'Cannot look at virtual machines', {
        details: stderr.split('\n').slice(-20),
      });
    }
    return checkSchema.parse(JSON.parse(stdout));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
