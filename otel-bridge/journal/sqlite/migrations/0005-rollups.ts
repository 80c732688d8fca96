/** What outlives pruned events and facts: their sums by day, and their identities. */
export const sql = `
-- What outlives pruned events and facts: their sums by day, and their identities.

-- Sums of the facts of one run on one local day in the server's time zone; '' stands for "none".
CREATE TABLE rollups (
  -- The middle of the day, unix ms: in any time zone nearby it lies in the day of that date.
  at_ms INTEGER NOT NULL,
  session_id TEXT NOT NULL,
  -- api, usage, run, tool, or other.
  kind TEXT NOT NULL,
  -- Model or tool.
  name TEXT NOT NULL,
  run_id TEXT NOT NULL,
  -- As the fact itself says.
  task_id TEXT NOT NULL,
  -- JSON of what else usage is grouped by, as far as it is known: DATA_DIMENSIONS of fact-dimensions.ts.
  dimensions TEXT NOT NULL,
  runs INTEGER NOT NULL,
  tool_calls INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  -- Null where no cost is known.
  cost_nano_usd INTEGER,
  cost_computed_nano_usd INTEGER NOT NULL,
  -- Requests with tokens and without a cost, and their tokens.
  unpriced INTEGER NOT NULL,
  unpriced_tokens INTEGER NOT NULL,
  -- How many that ended told a duration, the sum of those and the longest.
  durations INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  max_duration_ms REAL NOT NULL,
  PRIMARY KEY (at_ms, session_id, kind, name, run_id, task_id, dimensions)
) WITHOUT ROWID, STRICT;
CREATE INDEX rollups_by_session ON rollups (session_id);

-- The first 62 bits of SHA-256 of what was pruned: keys of facts, and 'pruned:' with the id of an event.
CREATE TABLE known_ids (
  id INTEGER PRIMARY KEY
) STRICT;

-- Facts that are never summed have a place in no other index of time.
CREATE INDEX facts_superseded ON facts (at_ms) WHERE superseded = 1;
`;
