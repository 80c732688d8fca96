/** Operations on files are counted by session before each call of a tool: guardrails limit them. */
export const sql = `
CREATE INDEX facts_file_calls ON facts (session_id) WHERE kind = 'tool' AND json_extract(data, '$.action') = 'file';
`;
