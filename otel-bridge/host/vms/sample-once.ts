import type { SampleRound } from '../../domain/sample.ts';
import type { HostLog } from '../host-log.ts';
import { knownInstances, startVmSampler, type VmSettings } from './start-vm-sampler.ts';
import type { VmInstance } from './vm-instance.ts';

/** What one round saw, and what was known beforehand. */
export interface VmCheck {
  readonly rounds: readonly SampleRound[];
  readonly instances: readonly VmInstance[];
  readonly problems: readonly string[];
}

/** Does one round that is stored nowhere: what `monitor vms check` shows. */
export async function sampleOnce(settings: VmSettings, hostname: string, log: HostLog): Promise<VmCheck> {
  await using sampler = startVmSampler({ settings, hostname, sink: async () => undefined, log });
  const rounds = await sampler.round();
  return { rounds, ...knownInstances(settings) };
}
