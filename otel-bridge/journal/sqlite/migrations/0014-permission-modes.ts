/** What sessions told of their permission modes (projections/permission-modes.ts). */
export const sql = `
CREATE TABLE permission_modes (
  session_id TEXT PRIMARY KEY,
  -- JSON: the marks that still count, and the stretches in bypass mode that records told.
  marks TEXT NOT NULL,
  told TEXT NOT NULL,
  -- When what is known is told, unix ms; null = it is.
  due_ms INTEGER
) STRICT;
CREATE INDEX permission_modes_due ON permission_modes (due_ms) WHERE due_ms IS NOT NULL;
`;
