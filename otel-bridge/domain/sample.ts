import * as z from 'zod';

/** One figure of a round. Counters are raw readings: the bridge makes them survive restarts of what they count. */
const metricSampleSchema = z.strictObject({
  metric: z.string().min(1).max(128),
  /** In the metric's base unit: seconds, bytes, counts. */
  value: z.number().nonnegative(),
  attributes: z.record(z.string(), z.string().max(256)).default({}),
});
/** See `metricSampleSchema`. */
export type MetricSample = z.infer<typeof metricSampleSchema>;

/** What is sampled: a virtual machine or a container. */
const sampledThingSchema = z.strictObject({
  kind: z.enum(['vm', 'container']),
  /** Stable identity: the domain's UUID, the container's id; with the name where there is none. */
  id: z.string().min(1).max(256),
  /** Name for people: the instance in the registry, else the domain's or container's own. */
  name: z.string().min(1).max(256),
  project: z.string().min(1).max(256),
  agent: z.string().min(1).max(256),
  framework: z.string().min(1).max(64),
  /** Name of the machine as its agents say it. */
  host: z.string().max(256).nullable(),
  /** Where it runs: `qemu:///system` on a host. */
  location: z.string().max(512),
  /** False for a domain that nobody registered. */
  registered: z.boolean(),
  state: z.string().max(64),
  reason: z.string().max(64).nullable(),
  /** What is wrong, in words, at most 20. */
  issues: z.array(z.string().max(300)).max(20),
  /** Further facts for people: `gateway: up`, versions. */
  facts: z.record(z.string(), z.union([z.string().max(300), z.number(), z.boolean(), z.null()])).default({}),
  metrics: z.array(metricSampleSchema).max(5000),
  /**
   * Which of its runs its counters belong to: another one than before began at 0, whatever they say. Null while it does
   * not run; left out where that is not known.
   */
  run_id: z.string().max(64).nullable().optional(),
});
/** See `sampledThingSchema`. */
export type SampledThing = z.infer<typeof sampledThingSchema>;

/** One round of a sampler: `POST /v1/samples`. */
export const sampleRoundSchema = z.strictObject({
  /** Which sampler: host and what it looks at. Rounds of one sampler replace each other. */
  sampler: z.string().min(1).max(256),
  /** Unix ms. */
  taken_ms: z.number().int().nonnegative(),
  /** How long until the next round, ms. */
  interval_ms: z.number().int().positive(),
  /** Why the sampler could not look, in words; null where it could. */
  problem: z.string().max(1000).nullable(),
  things: z.array(sampledThingSchema).max(10_000),
});
/** See `sampleRoundSchema`. */
export type SampleRound = z.infer<typeof sampleRoundSchema>;
