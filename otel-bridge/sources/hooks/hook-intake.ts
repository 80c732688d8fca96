import type { AgentEvent, JsonObject } from '../../domain/event.ts';
import type { AppendStatus, Journal } from '../../domain/journal.ts';
import type { HookFiring } from './hook-firing.ts';

/**
 * Answers a hook: what the agent is told (a denial with its reason, in the agent's own form), or null where nothing is to
 * be said. @param waits false where the firing was kept by its sender and nobody waits any more
 */
export type HookVerdict = (firing: HookFiring, waits: boolean) => JsonObject | null;

/** Takes hooks that fired, whichever way they came. */
export interface HookIntake {
  /** Agents whose hooks are understood. */
  readonly frameworks: readonly string[];
  /**
   * Turns firings into events, redacts and appends them, in one transaction. Resolves after the commit with what became
   * of each firing: `ignored` where it tells nothing.
   * @throws MonitorError as `Journal.append` does; nothing was kept then.
   */
  take(firings: readonly HookFiring[]): Promise<(AppendStatus | 'ignored')[]>;
}

/** What an intake needs. */
export interface HookIntakeOptions {
  readonly journal: Pick<Journal, 'append'>;
  readonly frameworks: readonly string[];
  /** The events of a firing of one of the frameworks. Never throws. */
  readonly toEvents: (firing: HookFiring) => readonly AgentEvent[];
  /** Takes out of an event what must not be kept. */
  readonly redact: (event: AgentEvent) => AgentEvent;
}

/** Builds the intake of hooks. */
export function createHookIntake({ journal, frameworks, toEvents, redact }: HookIntakeOptions): HookIntake {
  return {
    frameworks,
    async take(firings) {
      const told = firings.map((firing) => toEvents(firing).map(redact));
      const events = told.flat();
      const statuses = events.length === 0 ? [] : await journal.append({ events });
      let next = 0;
      return told.map((own) => {
        const first = statuses[next];
        next += own.length;
        return own.length === 0 || first === undefined ? 'ignored' : first;
      });
    },
  };
}
