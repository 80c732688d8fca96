/** The journal: events, what is known from them, and what waits to leave. */
export const sql = `
-- The journal: events, what is known from them, and what waits to leave.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID, STRICT;

-- Events as they came, redacted. 'body' is the envelope's attributes, payload and the rest, as JSON.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  ts_ms INTEGER NOT NULL,
  ts_nanos INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  origin TEXT NOT NULL,
  framework TEXT NOT NULL,
  client_id TEXT,
  host TEXT,
  session_id TEXT,
  run_id TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_session ON events (session_id, ts_ms) WHERE session_id IS NOT NULL;
CREATE INDEX events_by_time ON events (ts_ms);

-- A session and to whom it is attributed. The ranks say how well that is known (see projections/attribution.ts).
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  framework TEXT NOT NULL,
  client_id TEXT,
  host TEXT,
  project TEXT NOT NULL,
  project_rank INTEGER NOT NULL,
  agent TEXT NOT NULL,
  agent_rank INTEGER NOT NULL,
  repository TEXT,
  branch TEXT,
  cwd TEXT,
  model TEXT,
  started_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  end_reason TEXT,
  start_type TEXT,
  -- 1 where the agent exports spans of its own: none are built beside them.
  own_spans INTEGER NOT NULL DEFAULT 0,
  first_received_ms INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX sessions_by_last ON sessions (last_ms);

-- One row per thing that happened, merged from all events that tell of it (domain/fact.ts).
CREATE TABLE facts (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  session_id TEXT,
  run_id TEXT,
  parent_span_id TEXT,
  trace_id TEXT,
  event_type TEXT NOT NULL,
  start_ms INTEGER,
  end_ms INTEGER,
  -- coalesce(end_ms, start_ms): the moment it is shown and summed at.
  at_ms INTEGER NOT NULL,
  ts_nanos INTEGER NOT NULL,
  name TEXT,
  outcome TEXT NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cost_nano_usd INTEGER,
  cost_source TEXT,
  duration_ms REAL,
  data TEXT NOT NULL,
  -- JSON: event type -> origin that told of it first.
  origins TEXT NOT NULL,
  state TEXT NOT NULL,
  due_ms INTEGER,
  history INTEGER NOT NULL,
  -- 1 where the fact is told by another fact too and must not be summed (usage of a run whose requests are known).
  superseded INTEGER NOT NULL DEFAULT 0,
  first_received_ms INTEGER NOT NULL,
  first_seq INTEGER NOT NULL
) STRICT;
CREATE INDEX facts_by_session ON facts (session_id, at_ms) WHERE session_id IS NOT NULL;
CREATE INDEX facts_by_time ON facts (at_ms, kind);
CREATE INDEX facts_due ON facts (due_ms) WHERE due_ms IS NOT NULL;

-- One row per series of agent.* counters and histograms; 'value' is a number or a histogram as JSON.
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  metric TEXT NOT NULL,
  resource TEXT NOT NULL,
  attributes TEXT NOT NULL,
  value TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  -- The value of the newest point that was put into the outbox; null before the first.
  exported_value TEXT,
  UNIQUE (metric, resource, attributes)
) STRICT;

-- Places of things without an identity of their own, counted per scope (see projections/fact-patches.ts).
CREATE TABLE ordinals (
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (scope, name)
) WITHOUT ROWID, STRICT;

-- Events whose log record waits until their session's attribution is known better.
CREATE TABLE log_due (
  event_seq INTEGER PRIMARY KEY,
  due_ms INTEGER NOT NULL,
  fact_key TEXT NOT NULL
) STRICT;
CREATE INDEX log_due_by_time ON log_due (due_ms);

CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  lane TEXT NOT NULL,
  -- JSON for our own lanes, protobuf for raw ones.
  record BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_by_lane ON outbox (lane, seq);

CREATE TABLE cursors (
  name TEXT PRIMARY KEY,
  seq INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  lane TEXT NOT NULL,
  reason TEXT NOT NULL,
  failed_ms INTEGER NOT NULL,
  record BLOB NOT NULL
) STRICT;
`;
