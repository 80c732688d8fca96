/** Sums that tellers tell of sessions are looked up with every question for usage; tasks outlive pruned facts. */
export const sql = `
-- Sums that tellers tell of sessions: few, and looked up with every question for usage.
CREATE INDEX facts_tallies ON facts (end_ms) WHERE kind = 'tally';

-- JSON: when each of a session's fields was told, so that the order in which events come does not matter.
ALTER TABLE sessions ADD COLUMN told_ms TEXT NOT NULL DEFAULT '{}';

-- What people asked for, and what came of it outside of any session.
ALTER TABLE rollups ADD COLUMN tasks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN tasks_failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN commits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN pull_requests INTEGER NOT NULL DEFAULT 0;
`;
