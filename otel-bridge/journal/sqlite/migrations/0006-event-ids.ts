/** Ids of events in an index of their own, which is written many at once (event-ids.ts). */
export const sql = `
-- Ids of events in an index of their own, which is written many at once (event-ids.ts).

CREATE TABLE event_ids (
  -- The first 128 bits of SHA-256 of an id.
  digest BLOB PRIMARY KEY
) WITHOUT ROWID, STRICT;

CREATE TABLE event_ids_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- Ids of events up to this one are in the index; those of later ones may be.
  indexed_seq INTEGER NOT NULL
) STRICT;

-- The same table without an index on 'id'.
CREATE TABLE events_new (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
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
INSERT INTO events_new SELECT * FROM events;
DROP TABLE events;
ALTER TABLE events_new RENAME TO events;
CREATE INDEX events_by_session ON events (session_id, ts_ms) WHERE session_id IS NOT NULL;
CREATE INDEX events_by_time ON events (ts_ms);
CREATE INDEX events_by_type ON events (type, ts_ms);
`;
