/** Sums that tellers tell of sessions are looked up with every question for usage; tasks outlive pruned facts. */
export const sql = `
-- Sums that tellers tell of sessions: few, and looked up with every question for usage.
CREATE INDEX facts_tallies ON facts (end_ms) WHERE kind = 'tally';

-- What people asked for, and what came of it outside of any session.
ALTER TABLE rollups ADD COLUMN tasks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN tasks_failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN commits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN pull_requests INTEGER NOT NULL DEFAULT 0;
`;
