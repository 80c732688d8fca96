import { sql as journal } from './0001-journal.ts';
import { sql as readIndexes } from './0002-read-indexes.ts';
import { sql as projectionIndexes } from './0003-projection-indexes.ts';
import { sql as counted } from './0004-counted.ts';
import { sql as rollups } from './0005-rollups.ts';
import { sql as eventIds } from './0006-event-ids.ts';
import { sql as usageFacts } from './0007-usage-facts.ts';
import { sql as sessionEvents } from './0008-session-events.ts';
import { sql as tallies } from './0009-tallies.ts';
import { sql as samples } from './0010-samples.ts';
import { sql as sampleRuns } from './0011-sample-runs.ts';
import { sql as toldGauges } from './0012-told-gauges.ts';
import { sql as sessionAccounts } from './0013-session-accounts.ts';
import { sql as permissionModes } from './0014-permission-modes.ts';
import { sql as subagents } from './0015-subagents.ts';
import { sql as fileCalls } from './0016-file-calls.ts';

/** All migrations in order; the schema's version is how many of them ran. Never edit one that was released. */
export const MIGRATIONS: readonly string[] = [
  journal,
  readIndexes,
  projectionIndexes,
  counted,
  rollups,
  eventIds,
  usageFacts,
  sessionEvents,
  tallies,
  samples,
  sampleRuns,
  toldGauges,
  sessionAccounts,
  permissionModes,
  subagents,
  fileCalls,
];
