/** Usage that is told for whole runs is found by its run: each model call of it asks. */
export const sql = `
CREATE INDEX facts_told_usage ON facts (session_id, run_id) WHERE kind = 'usage';
`;
