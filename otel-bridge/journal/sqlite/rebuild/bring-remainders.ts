import { projectRemainders } from '../../../projections/remainder-fact.ts';
import { unsyncedTransaction } from '../transaction.ts';
import type { RebuildPart } from './rebuild-context.ts';

/**
 * Brings up to date what sessions used beyond their calls, where a rebuild changed what is known of the calls. No event
 * tells it by itself, so it is not replayed; counters get what they lack of it, as after any late event.
 */
export const bringRemainders: RebuildPart = function* ({ database, store, settings, changedSessions, now }) {
  for (const sessionId of changedSessions) {
    unsyncedTransaction(database, () => {
      projectRemainders(sessionId, [], now(), store, settings);
      store.flush();
    });
    yield;
  }
};
