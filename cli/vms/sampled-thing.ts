import * as z from 'zod';

/** A figure of a round. */
const metricSchema = z.object({
  metric: z.string(),
  value: z.number(),
  attributes: z.record(z.string(), z.string()),
});

/** A virtual machine as a round saw it. */
export const sampledThingSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  project: z.string(),
  agent: z.string(),
  location: z.string(),
  registered: z.boolean(),
  state: z.string(),
  reason: z.string().nullable(),
  issues: z.array(z.string()),
  facts: z.record(z.string(), z.unknown()),
  metrics: z.array(metricSchema),
});
/** See `sampledThingSchema`. */
export type SampledThing = z.infer<typeof sampledThingSchema>;

/** Answer of `GET /v1/vms`. */
export const vmListSchema = z.object({
  vms: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      project: z.string(),
      agent: z.string(),
      state: z.string(),
      reason: z.string().nullable(),
      registered: z.boolean(),
      issues: z.array(z.string()),
      facts: z.record(z.string(), z.unknown()),
      taken_at: z.string(),
      figures: z.record(z.string(), z.number().nullable()),
    }),
  ),
  samplers: z.array(
    z.looseObject({
      name: z.string(),
      silent: z.boolean(),
      problem: z.string().nullable(),
      taken_at: z.string(),
    }),
  ),
});
/** See `vmListSchema`. */
export type VmList = z.infer<typeof vmListSchema>;
