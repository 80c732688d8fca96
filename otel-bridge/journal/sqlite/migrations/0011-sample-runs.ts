/** Which run of a thing a sampler saw last: its counters go on from its readings within that run only. */
export const sql = `
-- Which run of a thing a sampler saw last: its counters go on from its readings within that run only.

CREATE TABLE sample_runs (
  sampler TEXT NOT NULL,
  id TEXT NOT NULL,
  -- Null = it did not run.
  run TEXT,
  PRIMARY KEY (sampler, id)
) WITHOUT ROWID, STRICT;
`;
