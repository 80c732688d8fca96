/** What sessions did since it was told last (projections/session-account.ts). */
export const sql = `
-- What the log records of a session told and its account did not yet: a row for each minute of their time. It goes when
-- the account is told, in the transaction that puts it into the outbox.
CREATE TABLE session_accounts (
  -- Never used twice.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Empty: of no session.
  session_id TEXT NOT NULL,
  -- JSON
  resource TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  subagent TEXT NOT NULL,
  model TEXT NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  -- When it is told, unix ms.
  due_ms INTEGER NOT NULL,
  -- Sums.
  runs REAL NOT NULL DEFAULT 0,
  model_calls REAL NOT NULL DEFAULT 0,
  unpriced_calls REAL NOT NULL DEFAULT 0,
  unpriced_output_tokens REAL NOT NULL DEFAULT 0,
  tool_calls REAL NOT NULL DEFAULT 0,
  failed_tool_calls REAL NOT NULL DEFAULT 0,
  cost_nano_usd REAL NOT NULL DEFAULT 0,
  lines_added REAL NOT NULL DEFAULT 0,
  lines_removed REAL NOT NULL DEFAULT 0,
  -- The largest.
  prompt_tokens REAL NOT NULL DEFAULT 0,
  UNIQUE (session_id, resource, from_ms, subagent, model)
) STRICT;
CREATE INDEX session_accounts_due ON session_accounts (due_ms);
`;
