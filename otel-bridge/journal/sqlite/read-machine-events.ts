import type { DatabaseSync } from 'node:sqlite';
import type { JournalEvent } from '../../domain/event.ts';
import type { MachineEventFilter } from '../../domain/read-model.ts';
import { EVENT_COLUMNS, rowEvent } from './event-row.ts';

/** Events that tell of machines themselves. */
const TYPES = [
  'openclaw.snapshot',
  'vm.snapshot',
  'vm.state_change',
  'vm.issue',
  'container.snapshot',
  'container.state_change',
  'container.issue',
];
/** Keys under which a payload names its machine. */
const NAMES = ['name', 'instance', 'domain', 'vm', 'vm_name', 'host'];
const MAX_EVENTS = 1000;

/** What was told of a machine in a time, oldest first: of it as a sender's host, or by its name. The newest 1000. */
export function createMachineEventReader(
  database: DatabaseSync,
): (filter: MachineEventFilter) => JournalEvent[] {
  const select = database.prepare(
    `SELECT seq, ${EVENT_COLUMNS} FROM events
     WHERE ts_ms BETWEEN ? AND ? AND type IN (${TYPES.map((type) => `'${type}'`)}) AND session_id IS NULL
       AND ? IN (host, ${NAMES.map((name) => `body ->> '$.payload.${name}'`)})
     ORDER BY ts_ms DESC, seq DESC LIMIT ${MAX_EVENTS}`,
  );
  return ({ machine, fromMs, toMs }) => select.all(fromMs, toMs, machine).map(rowEvent).reverse();
}
