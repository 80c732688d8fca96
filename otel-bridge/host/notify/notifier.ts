import { type NotifyTarget, openChannel } from './channel.ts';
import type { Notice } from './notice.ts';

/** The same subject is told again after so long. */
const REPEAT_MS = 3_600_000;
/** So many notices at once, and one more each minute. */
const BURST = 10;
const REFILL_MS = 60_000;
/** Subjects that are remembered. */
const MAX_SUBJECTS = 10_000;

/** What a notifier needs. */
export interface NotifierOptions {
  readonly targets: readonly NotifyTarget[];
  readonly log: { warn(fields: object, message: string): void };
  /** Unix ms. @default Date.now */
  readonly now?: () => number;
}

/** Tells people what must not wait. */
export interface Notifier {
  /** Tells it every way that the settings name; not what was told lately, and not more than a person can read. */
  tell(notice: Notice): Promise<void>;
}

/** Builds the notifier. What it could not tell is in the log: the event itself is in the journal anyway. */
export function createNotifier({ targets, log, now = Date.now }: NotifierOptions): Notifier {
  const channels = targets.map((target) => ({ name: Object.keys(target)[0], tell: openChannel(target) }));
  const toldMs = new Map<string, number>();
  let left = BURST;
  let refilledMs = now();
  let held = 0;

  const mayTell = (subject: string): boolean => {
    const nowMs = now();
    const before = toldMs.get(subject);
    if (before !== undefined && nowMs - before < REPEAT_MS) return false;
    const refill = Math.floor((nowMs - refilledMs) / REFILL_MS);
    if (refill > 0) {
      left = Math.min(BURST, left + refill);
      refilledMs += refill * REFILL_MS;
    }
    if (left <= 0) {
      held += 1;
      return false;
    }
    left -= 1;
    if (toldMs.size >= MAX_SUBJECTS) toldMs.clear();
    toldMs.set(subject, nowMs);
    return true;
  };

  return {
    async tell(notice) {
      if (!mayTell(notice.subject)) return;
      const withHeld =
        held === 0 ? notice : { ...notice, text: `${notice.text}; ${held} more were held back` };
      held = 0;
      await Promise.all(
        channels.map(async ({ name, tell }) => {
          try {
            await tell(withHeld);
          } catch (error) {
            log.warn({ err: error, channel: name, title: notice.title }, 'a notification could not be given');
          }
        }),
      );
    },
  };
}
