/** Events of sessions in an index of their own, which is written many at once (event-index/). */
export const sql = `
-- Events of sessions in an index of their own, which is written many at once (event-index/).

CREATE TABLE event_indexes (
  name TEXT PRIMARY KEY,
  -- Events up to this one are in the index; later ones may be.
  indexed_seq INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
INSERT INTO event_indexes (name, indexed_seq) SELECT 'ids', indexed_seq FROM event_ids_state;
DROP TABLE event_ids_state;

CREATE TABLE session_events (
  session_id TEXT NOT NULL,
  ts_ms INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (session_id, ts_ms, seq)
) WITHOUT ROWID, STRICT;
DROP INDEX events_by_session;

-- Those in the index, and those that are not yet, which are few.
CREATE VIEW events_of_sessions AS
  SELECT session_id, ts_ms, seq FROM session_events
  UNION
  SELECT session_id, ts_ms, seq FROM events
  WHERE seq > coalesce((SELECT indexed_seq FROM event_indexes WHERE name = 'sessions'), 0);

-- Events of a type are found by walking along their times.
DROP INDEX events_by_type;
DROP INDEX events_by_time;
CREATE INDEX events_by_time ON events (ts_ms, type);
`;
