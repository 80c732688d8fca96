/** What the read model looks things up by. The first two hold every column that usage is summed from. */
export const sql = `
-- What the read model looks things up by. The first two hold every column that usage is summed from, so that sums
-- over weeks never touch the wide rows of 'facts'.

CREATE INDEX facts_usage ON facts (
  at_ms, session_id, name, outcome, kind,
  input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, cost_nano_usd, cost_source
) WHERE superseded = 0 AND kind IN ('api', 'usage');

CREATE INDEX facts_activity ON facts (
  at_ms, session_id, kind, name, outcome, event_type, end_ms
) WHERE superseded = 0 AND kind NOT IN ('api', 'usage');

CREATE INDEX facts_runs ON facts (run_id) WHERE kind = 'run';
CREATE INDEX facts_open ON facts (kind, start_ms) WHERE end_ms IS NULL;
CREATE INDEX events_by_type ON events (type, ts_ms);
`;
