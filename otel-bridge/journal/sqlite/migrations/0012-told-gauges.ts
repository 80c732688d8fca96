/** Which gauges were told, so that another process ends those that are not told any more. */
export const sql = `
-- Gauges of the newest export, so that what is not told any more gets an end, also by another process.

CREATE TABLE told_gauges (
  -- JSON of metric, resource and attributes.
  name TEXT PRIMARY KEY,
  unit TEXT NOT NULL
) WITHOUT ROWID, STRICT;
`;
