import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AgentEvent, JsonObject } from '../../domain/event.ts';
import type { AppendStatus, Journal } from '../../domain/journal.ts';
import type { SourceLog } from '../http/source-server.ts';
import type { HookFiring } from './hook-firing.ts';

/**
 * Answers a hook: what the agent is told (a denial with its reason, in the agent's own form), or null where nothing is to
 * be said.
 * @param event the first event of the firing, before redaction; undefined where it tells nothing
 * @param waits false where the firing was kept by its sender and nobody waits any more
 */
export type HookVerdict = (
  firing: HookFiring,
  event: AgentEvent | undefined,
  waits: boolean,
) => JsonObject | null;

/** What became of hooks that fired. */
export interface TakenHooks {
  /** Of each firing; `ignored` where it tells nothing. */
  readonly statuses: readonly (AppendStatus | 'ignored')[];
  /** Of each firing what its agent is told, null where nothing is. */
  readonly verdicts: readonly (JsonObject | null)[];
}

/** Takes hooks that fired, whichever way they came. */
export interface HookIntake {
  /** Agents whose hooks are understood. */
  readonly frameworks: readonly string[];
  /**
   * Turns firings into events, redacts and appends them, in one transaction. Resolves after the commit.
   * @param waits see `HookVerdict`
   * @throws MonitorError as `Journal.append` does; nothing was kept then.
   */
  take(firings: readonly HookFiring[], waits: boolean): Promise<TakenHooks>;
}

/** What an intake needs. */
export interface HookIntakeOptions {
  readonly journal: Pick<Journal, 'append'>;
  readonly frameworks: readonly string[];
  /** The events of a firing of one of the frameworks. Never throws. */
  readonly toEvents: (firing: HookFiring) => readonly AgentEvent[];
  /** Takes out of an event what must not be kept. */
  readonly redact: (event: AgentEvent) => AgentEvent;
  /** Says whether the agent may go on. @default nothing is ever said */
  readonly verdict?: HookVerdict | undefined;
  readonly log: SourceLog;
}

/** Builds the intake of hooks. */
export function createHookIntake(options: HookIntakeOptions): HookIntake {
  const { journal, frameworks, toEvents, redact, verdict, log } = options;

  const judge = (firing: HookFiring, event: AgentEvent | undefined, waits: boolean): JsonObject | null => {
    try {
      return verdict?.(firing, event, waits) ?? null;
    } catch (error) {
      // An agent must never stand still because of us.
      log.error({ err: error, framework: firing.framework }, 'no verdict on a hook');
      return null;
    }
  };

  return {
    frameworks,
    async take(firings, waits) {
      const told = firings.map(toEvents);
      const events = told.flat().map(redact);
      const stored = events.length === 0 ? [] : journal.append({ events });
      // Judged while the disk is busy with it: what is appended leaves at the end of this turn.
      const judged = nextTurn().then(() =>
        firings.map((firing, index) => judge(firing, told[index]?.[0], waits)),
      );
      const [appended, verdicts] = await Promise.all([stored, judged]);
      let next = 0;
      const statuses = told.map((own) => {
        const first = appended[next];
        next += own.length;
        return own.length === 0 || first === undefined ? 'ignored' : first;
      });
      return { statuses, verdicts };
    },
  };
}
