/** What the projections look up for every event: without these each event reads all facts of its session. */
export const sql = `
-- What the projections look up for every event: without these each event reads all facts of its session.

CREATE INDEX facts_calls ON facts (session_id, run_id) WHERE kind = 'api';
CREATE INDEX facts_session_runs ON facts (session_id, start_ms, first_seq) WHERE kind = 'run';
`;
