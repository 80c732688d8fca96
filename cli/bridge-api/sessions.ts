import * as z from 'zod';

const count = z.number().int().nonnegative();
const text = z.string().nullable();

/** Money in integer micro-dollars; null where no price is known. */
const money = z.number().int().nullable();

/** A session. Further keys of the bridge are passed on as they are. */
export const sessionSchema = z.looseObject({
  session_id: z.string(),
  framework: z.string(),
  project: z.string(),
  agent: z.string(),
  model: text,
  state: z.string(),
  started_at: z.string(),
  last_event_at: z.string(),
  ended_at: text,
  runs: count,
  tool_calls: count,
  errors: count,
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_creation_tokens: count,
  cost_micro_usd: money,
});
export type Session = z.infer<typeof sessionSchema>;

/** Answer of `GET /v1/sessions`, newest first. */
export const sessionListSchema = z.object({
  sessions: z.array(sessionSchema),
  next_cursor: text,
});

/** One line of a session's timeline, keys as in `session show --json`. */
export const timelineEntrySchema = z.object({
  ts: z.string(),
  kind: z.string(),
  title: z.string(),
  run_id: text,
  span_id: text,
  parent_span_id: text,
  duration_ms: z.number().nonnegative().nullable(),
  outcome: text,
  tokens: count.nullable(),
  cost_micro_usd: money,
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

/** Answer of `GET /v1/sessions/{id}/timeline`. */
export const sessionTimelineSchema = z.object({
  session: sessionSchema,
  runs: z.array(z.looseObject({ run_id: text })),
  timeline: z.array(timelineEntrySchema),
});
export type SessionTimeline = z.infer<typeof sessionTimelineSchema>;
