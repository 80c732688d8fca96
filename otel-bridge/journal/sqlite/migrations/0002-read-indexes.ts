/**
 * What the read model looks things up by. The first two hold every column that usage is summed from, in the order it
 * is grouped in: sums over weeks neither sort nor touch the wide rows of `facts`. 14400000 is `PERIOD_MS` of
 * fact-sums.ts.
 */
export const sql = `
-- What the read model looks things up by. The first two hold every column that usage is summed from, in the order it
-- is grouped in: sums over weeks neither sort nor touch the wide rows of 'facts'.

CREATE INDEX facts_usage ON facts (
  (at_ms / 14400000), session_id, name, at_ms, outcome, kind,
  input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, cost_nano_usd, cost_source
) WHERE superseded = 0 AND kind IN ('api', 'usage');

CREATE INDEX facts_activity ON facts (
  (at_ms / 14400000), session_id, kind, name, at_ms, outcome, event_type, end_ms, duration_ms
) WHERE superseded = 0 AND kind NOT IN ('api', 'usage');

CREATE INDEX facts_runs ON facts (run_id) WHERE kind = 'run';
CREATE INDEX facts_open ON facts (kind, start_ms) WHERE end_ms IS NULL;
CREATE INDEX events_by_type ON events (type, ts_ms);
`;
