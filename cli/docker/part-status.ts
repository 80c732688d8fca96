import type { PartStatus } from '../runtime.ts';
import type { ProbeAnswer } from './probe-answer.ts';
import type { StackContainer } from './stack-containers.ts';

/** How long a part that does not answer yet counts as starting. */
const STARTING_MS = 60_000;

/** What is known of one part. */
export interface PartFacts {
  readonly name: string;
  readonly container: StackContainer | undefined;
  /** Null where it cannot be asked from outside. */
  readonly answer: ProbeAnswer | null;
  readonly url: string | null;
  readonly nowMs: number;
}

/** State of a part from what Docker says and what it answers itself. */
export function toPartStatus({ name, container, answer, url, nowMs }: PartFacts): PartStatus {
  if (container === undefined) return { name, state: 'stopped', url: null, since: null, note: null };
  const { startedAt: since, exitCode, restarts } = container;
  if (container.state === 'restarting') {
    return { name, state: 'degraded', url, since, note: `starts again and again, exit code ${exitCode}` };
  }
  if (since === null) {
    const note = container.isOutOfMemory ? 'ran out of memory' : `ended with exit code ${exitCode}`;
    return { name, state: 'stopped', url: null, since: null, note };
  }
  const restartNote = restarts > 0 ? `was started again ${restarts} times` : null;
  const isNew = nowMs - Date.parse(since) < STARTING_MS;
  if (answer !== null && !answer.isReady) {
    return { name, state: isNew ? 'starting' : 'degraded', url, since, note: answer.reason };
  }
  if (answer === null && container.health === 'starting') {
    return { name, state: 'starting', url, since, note: restartNote };
  }
  if (container.health === 'unhealthy') {
    return { name, state: 'degraded', url, since, note: 'its own health check fails' };
  }
  return { name, state: 'healthy', url, since, note: restartNote };
}
