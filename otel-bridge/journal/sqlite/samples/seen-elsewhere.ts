import type { DatabaseSync } from 'node:sqlite';
import type { SampledThing } from '../../../domain/sample.ts';
import { isSilent } from '../../../domain/silent-sampler.ts';

/** In these states a machine is at one place only: while it moves, it waits at the other one. */
const AT_WORK = new Set(['running', 'blocked']);
const CPU_TIME = 'libvirt.domain.cpu.time';
/** Two readings of one run are not further apart; those of two runs of one number mostly are. */
const SAME_RUN_SHARE = 0.5;

/**
 * Builds what tells whether a machine counts at another sampler that sees the same run of it: two samplers of one libvirt
 * must not count it twice. Of two the first by name is believed; one that was silent is not, for its first round: the other
 * counted meanwhile.
 */
export function createElsewhere(
  database: DatabaseSync,
): (sampler: string, nowMs: number) => (thing: SampledThing) => boolean {
  const selectSamplers = database.prepare('SELECT name, taken_ms, interval_ms FROM samplers');
  const selectThing = database.prepare('SELECT body FROM sampled WHERE sampler = ? AND id = ?');
  return (sampler, nowMs) => {
    const [live, silent] = [new Set<string>(), new Set<string>()];
    for (const { name, taken_ms, interval_ms } of selectSamplers.all()) {
      (isSilent(Number(taken_ms), Number(interval_ms), nowMs) ? silent : live).add(String(name));
    }
    const others = [...live].filter((name) => name < sampler || (name !== sampler && silent.has(sampler)));
    return (thing) => {
      if (thing.kind !== 'vm' || !AT_WORK.has(thing.state)) return false;
      return others.some((other) => {
        const body = selectThing.get(other, thing.id)?.body;
        return body !== undefined && isSameRun(thing, JSON.parse(String(body)) as SampledThing);
      });
    };
  };
}

function isSameRun(thing: SampledThing, other: SampledThing): boolean {
  if (!AT_WORK.has(other.state) || other.run_id !== thing.run_id) return false;
  const [one, another] = [cpuTimeOf(thing), cpuTimeOf(other)];
  // Numbers of runs are those of a libvirt: a machine that moved may have the same one as before.
  return one === undefined || another === undefined || one >= another * SAME_RUN_SHARE;
}

function cpuTimeOf({ metrics }: SampledThing): number | undefined {
  return metrics.find(({ metric }) => metric === CPU_TIME)?.value;
}
