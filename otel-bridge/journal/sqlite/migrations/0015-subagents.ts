/** Sub-agents of sessions, and where each has its place in the tree of its session (projections/subagent-place.ts). */
export const sql = `
CREATE TABLE subagents (
  session_id TEXT NOT NULL,
  id TEXT NOT NULL,
  -- The order in which they appeared, from 1; 0 = the main agent.
  number INTEGER NOT NULL,
  name TEXT,
  -- 1 = it has a session of its own, whose id this is.
  is_session INTEGER NOT NULL DEFAULT 0,
  -- The span from which it came, and whose span that is; NULL = not known.
  call TEXT,
  parent_id TEXT,
  began_ms INTEGER NOT NULL,
  -- Its place as records told it last, and how often it was told.
  told TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 0,
  -- When its place is looked at again, unix ms; NULL = nothing new was told of it.
  due_ms INTEGER,
  PRIMARY KEY (session_id, id)
) STRICT;
CREATE INDEX subagents_due ON subagents (due_ms) WHERE due_ms IS NOT NULL;
`;
