import type { DatabaseSync } from 'node:sqlite';
import type { Attributes, LogRecord } from '../../../domain/outbox.ts';
import {
  ACCOUNT_MS,
  ACCOUNT_PEAKS,
  ACCOUNT_SUMS,
  type AccountKey,
  accountOf,
  type SessionAccount,
  toAccountRecord,
  togetherOf,
} from '../../../projections/session-account.ts';
import type { OutboxTable } from '../outbox-table.ts';
import { transaction } from '../transaction.ts';

/** Sums what log records tell of sessions, and tells the sums as records of their own. */
export interface SessionAccounts {
  /** Counts a record that goes into the outbox in the same transaction. @param nowMs when it was made */
  add(record: LogRecord, nowMs: number): void;
  /** Writes what was added. Call it before the transaction ends. */
  flush(): void;
  /** Forgets what is not on disk, after a transaction that failed. */
  reset(): void;
  /** Puts what is due into the outbox; call it every export interval. */
  tell(nowMs: number): void;
}

/** Records of one transaction: what more is due after an outage is told with the next export. */
const MOST_AT_ONCE = 2000;
const KEY = ['session_id', 'resource', 'from_ms', 'subagent', 'model'];
const FIGURES = [...ACCOUNT_SUMS, ...ACCOUNT_PEAKS];
const COLUMNS = [...KEY, 'first_ms', 'last_ms', 'due_ms', ...FIGURES];

interface PendingAccount {
  readonly account: SessionAccount;
  /** Unix ms. */
  readonly dueMs: number;
}

/** Values of the columns that make a row. */
function keyValues({ sessionId, resource, fromMs, subagent, model }: AccountKey) {
  return [sessionId, JSON.stringify(resource), fromMs, subagent, model];
}

/** Opens the accounts on the journal's writing connection. */
export function createSessionAccounts(database: DatabaseSync, outbox: OutboxTable): SessionAccounts {
  const put = database.prepare(`INSERT INTO session_accounts (${COLUMNS.join(', ')})
    VALUES (${COLUMNS.map(() => '?').join(', ')}) ON CONFLICT (${KEY.join(', ')}) DO UPDATE SET
    first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms),
    due_ms = min(due_ms, excluded.due_ms),
    ${ACCOUNT_SUMS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')},
    ${ACCOUNT_PEAKS.map((name) => `${name} = max(${name}, excluded.${name})`).join(', ')}`);
  // Due long after now = by a clock that was set back since.
  const selectDue = database.prepare(
    `SELECT id, ${COLUMNS.join(', ')} FROM session_accounts
     WHERE due_ms <= :nowMs OR due_ms > :nowMs + ${ACCOUNT_MS} ORDER BY due_ms, id LIMIT ${MOST_AT_ONCE}`,
  );
  const remove = database.prepare('DELETE FROM session_accounts WHERE id = ?');
  /** What was added in this step, by its key as JSON. */
  const pending = new Map<string, PendingAccount>();

  return {
    add(record, nowMs) {
      const account = accountOf(record);
      if (account === null) return;
      const key = JSON.stringify(keyValues(account));
      const dueMs = account.isTurn ? nowMs : nowMs + ACCOUNT_MS;
      const known = pending.get(key);
      if (known === undefined) pending.set(key, { account, dueMs });
      else
        pending.set(key, {
          account: togetherOf(known.account, account),
          dueMs: Math.min(known.dueMs, dueMs),
        });
    },
    flush() {
      for (const { account, dueMs } of pending.values()) {
        const { firstMs, lastMs, figures } = account;
        put.run(...keyValues(account), firstMs, lastMs, dueMs, ...FIGURES.map((name) => figures[name] ?? 0));
      }
      pending.clear();
    },
    reset() {
      pending.clear();
    },
    tell(nowMs) {
      const rows = selectDue.all({ nowMs });
      if (rows.length === 0) return;
      // Synced: what left never comes again with more in it.
      transaction(database, () => {
        for (const row of rows) {
          outbox.add({ lane: 'digest/logs', log: toAccountRecord(rowAccount(row), Number(row.id), nowMs) });
          remove.run(Number(row.id));
        }
      });
    },
  };
}

function rowAccount(row: Record<string, unknown>): SessionAccount {
  return {
    sessionId: String(row.session_id),
    resource: JSON.parse(String(row.resource)) as Attributes,
    fromMs: Number(row.from_ms),
    subagent: String(row.subagent),
    model: String(row.model),
    firstMs: Number(row.first_ms),
    lastMs: Number(row.last_ms),
    figures: Object.fromEntries(FIGURES.map((name) => [name, Number(row[name])])),
    isTurn: false,
  };
}
