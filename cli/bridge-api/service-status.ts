import * as z from 'zod';

const count = z.number().int().nonnegative();
const time = z.string().nullable();

/** What the bridge does with transcripts, the past ones and the live ones. */
export const importStatusSchema = z.object({
  /** `off`: not wanted. `waiting`: not begun. */
  state: z.enum(['off', 'waiting', 'running', 'done', 'failed']),
  files_total: count,
  files_done: count,
  events: count,
  sessions: count,
  /** Time of the oldest and newest event taken in. */
  oldest: time,
  newest: time,
});
export type ImportStatus = z.infer<typeof importStatusSchema>;

/** When something was last heard of an agent. */
export const agentStatusSchema = z.object({
  framework: z.string(),
  project: z.string(),
  agent: z.string(),
  last_event_at: time,
  last_metric_at: time,
  last_log_at: time,
  last_span_at: time,
  sessions_24h: count,
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;

/** Answer of `GET /v1/status` of the ui port. */
export const serviceStatusSchema = z.object({
  /** Null where no transcripts are followed. */
  import: importStatusSchema.nullable(),
  agents: z.array(agentStatusSchema),
  delivery: z.array(
    z.object({
      target: z.string(),
      lane: z.string(),
      state: z.string(),
      last_error: z.string().nullable(),
      refused_records: count,
    }),
  ),
  journal: z.looseObject({
    size_bytes: count.optional(),
    dead_letters: count.optional(),
    /** Why nothing can be written for now. */
    problem: z.string().nullable().default(null),
    /** Damaged files that were put aside, newest first. */
    quarantined: z.array(z.looseObject({ path: z.string(), reason: z.string() })).default([]),
    /** Events that were taken in and that no answer knows yet. */
    unprojected_events: count.default(0),
    /** What somebody should look into, one sentence each. */
    warnings: z.array(z.string()).default([]),
  }),
});
export type ServiceStatus = z.infer<typeof serviceStatusSchema>;
