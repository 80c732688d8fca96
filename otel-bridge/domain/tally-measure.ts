/** What may be told of a session as a sum. Lines of code, commits, pull requests, resumes, milliseconds at work. */
export const TALLY_MEASURES = [
  'lines_added',
  'lines_removed',
  'commits',
  'pull_requests',
  'resumes',
  'active_ms_user',
  'active_ms_cli',
] as const;
/** See `TALLY_MEASURES`. */
export type TallyMeasure = (typeof TALLY_MEASURES)[number];
