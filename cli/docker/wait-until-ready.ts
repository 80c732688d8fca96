import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { CliError } from '../errors.ts';
import type { Output } from '../output/output.ts';
import { readContainerLog } from './container-log.ts';
import type { ProbeAnswer } from './probe-answer.ts';
import type { Probe } from './probes.ts';
import { listStackContainers, type StackContainer } from './stack-containers.ts';

/** What is waited for. */
export interface WaitOptions {
  readonly client: Docker;
  readonly project: string;
  readonly probes: readonly Probe[];
  /** Containers before the start: one that Docker had to start again since then is a failure. */
  readonly before: readonly StackContainer[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly output: Output;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** How often the containers themselves are looked at. */
const WATCH_MS = 500;

/** How many of its last lines explain why a container died. */
const EXPLAINING_LINES = 20;

/**
 * Waits until every part answers, all at the same time. Ends at once when a container dies.
 * @throws CliError PART_FAILED with the container's last lines, TIMEOUT
 */
export async function waitUntilReady(options: WaitOptions): Promise<void> {
  const { probes, timeoutMs, output } = options;
  const done = new AbortController();
  const signal = AbortSignal.any([options.signal, done.signal]);
  const startMs = performance.now();
  const waiting = new Map(probes.map(({ service }) => [service as string, 'not asked yet']));
  const waitForPart = async (probe: Probe): Promise<void> => {
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const answer = await askAll(probe);
      if (answer.isReady) {
        waiting.delete(probe.service);
        const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
        output.info(
          `  ok  ${probe.service.padEnd(14)} ${seconds.padStart(5)} s  ${probe.url ?? ''}`.trimEnd(),
        );
        output.live(waiting.size === 0 ? '' : `  waiting for ${[...waiting.keys()].join(', ')}`);
        return;
      }
      waiting.set(probe.service, answer.reason);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const timeout = async (): Promise<void> => {
    await sleep(timeoutMs, undefined, { signal });
    throw timedOut(waiting, timeoutMs);
  };
  try {
    await Promise.race([
      Promise.all(probes.map(waitForPart)),
      // Both end by throwing, or by the signal once everything has answered.
      timeout(),
      watchContainers(options, signal),
    ]);
  } finally {
    done.abort();
    output.live('');
  }
  options.signal.throwIfAborted();
}

async function askAll(probe: Probe): Promise<ProbeAnswer> {
  const answer = await probe.ask();
  return answer.isReady && probe.askThoroughly !== undefined ? probe.askThoroughly() : answer;
}

async function watchContainers(options: WaitOptions, signal: AbortSignal): Promise<never> {
  const restartsBefore = new Map(options.before.map(({ id, restarts }) => [id, restarts]));
  for (;;) {
    await sleep(WATCH_MS, undefined, { signal });
    for (const container of await listStackContainers(options.client, options.project)) {
      const hasDied =
        container.restarts > (restartsBefore.get(container.id) ?? 0) ||
        ['exited', 'dead', 'restarting'].includes(container.state);
      if (hasDied) throw await partFailed(options.client, container);
    }
  }
}

async function partFailed(client: Docker, container: StackContainer): Promise<CliError> {
  const lines = await readContainerLog(client, container.id, { lines: EXPLAINING_LINES, sinceS: null });
  const reason = container.isOutOfMemory
    ? 'it ran out of memory'
    : `it ended with exit code ${container.exitCode}`;
  return new CliError('PART_FAILED', `Cannot start ${container.service}: ${reason}`, {
    details: lines.map(({ text }) => text),
    fix: [`monitor logs ${container.service}`],
  });
}

function timedOut(waiting: ReadonlyMap<string, string>, timeoutMs: number): CliError {
  const [first] = waiting.keys();
  return new CliError(
    'TIMEOUT',
    `Cannot start ${[...waiting.keys()].join(', ')}: no answer within ${timeoutMs / 1000} s`,
    {
      details: [...waiting].map(([name, reason]) => `${name}: ${reason}`),
      fix: [`monitor logs ${first ?? ''}`.trim(), 'monitor up --timeout 5m'],
    },
  );
}
