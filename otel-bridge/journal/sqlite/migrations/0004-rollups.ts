/** What outlives events and facts that are deleted, and what each fact added to which counter. */
export const sql = `
-- What outlives events and facts that are deleted, and what each fact added to which counter.

-- JSON: [series id, value, ...] as counted when the fact settled; null where it added nothing.
ALTER TABLE facts ADD COLUMN counted TEXT;

-- Facts of a time are found by the indexes that usage is summed from.
DROP INDEX facts_by_time;

-- Sums of deleted facts per quarter of an hour (period = unix ms / 900000), which begins with every day of every time
-- zone. '' = outside of a session, without a name.
CREATE TABLE rollups (
  period INTEGER NOT NULL,
  session_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  facts INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  tool_calls INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  -- null where no cost is known
  cost_nano_usd INTEGER,
  cost_computed_nano_usd INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  -- null where no duration is known
  duration_ms REAL,
  max_duration_ms REAL,
  durations INTEGER NOT NULL,
  PRIMARY KEY (period, session_id, kind, name)
) WITHOUT ROWID, STRICT;
CREATE INDEX rollups_by_session ON rollups (session_id);

-- Identities of deleted facts, as 63-bit hashes of their keys: told again, they are not counted again.
CREATE TABLE deleted_facts (hash INTEGER PRIMARY KEY) STRICT;

-- Sessions that a person had forgotten, as hashes of their ids: told again, they are not stored again.
CREATE TABLE forgotten_sessions (hash INTEGER PRIMARY KEY) STRICT;
`;
