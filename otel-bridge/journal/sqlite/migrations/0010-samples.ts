/** What samplers read last of virtual machines and containers, and the readings that their counters go on from. */
export const sql = `
-- What samplers read last of virtual machines and containers, and the readings that their counters go on from.

CREATE TABLE samplers (
  name TEXT PRIMARY KEY,
  taken_ms INTEGER NOT NULL,
  interval_ms INTEGER NOT NULL,
  problem TEXT
) WITHOUT ROWID, STRICT;

CREATE TABLE sampled (
  sampler TEXT NOT NULL,
  id TEXT NOT NULL,
  taken_ms INTEGER NOT NULL,
  -- JSON, domain/sample.ts.
  body TEXT NOT NULL,
  PRIMARY KEY (sampler, id)
) WITHOUT ROWID, STRICT;

CREATE TABLE sample_readings (
  key TEXT PRIMARY KEY,
  raw REAL NOT NULL
) WITHOUT ROWID, STRICT;
`;
