/** What each fact added to which counter. */
export const sql = `
-- JSON: [series id, value, ...] as counted when the fact settled; null where it added nothing.
ALTER TABLE facts ADD COLUMN counted TEXT;

-- Facts of a time are found by the indexes that usage is summed from.
DROP INDEX facts_by_time;
`;
