import * as z from 'zod';

/*
 * What Docker Engine's API says of a container, as far as it is read (API 1.41 and later). Docker leaves out or nulls what
 * it does not know: so does everything here.
 */

const figure = z.number().nonnegative().nullish().catch(undefined);
const text = z.string().nullish();

/** An element of `GET /containers/json`. */
export const listedContainerSchema = z.object({
  Id: z.string().min(1).max(256),
  Labels: z.record(z.string(), z.string()).nullish(),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});
/** See `listedContainerSchema`. */
export type ListedContainer = z.infer<typeof listedContainerSchema>;

/** `GET /containers/{id}/json`. */
export const inspectedContainerSchema = z.object({
  Id: z.string().min(1).max(256),
  Name: z.string(),
  RestartCount: figure,
  Config: z.object({
    Hostname: text,
    Image: text,
    Env: z.array(z.string()).nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
  HostConfig: z.object({ Memory: figure }).nullish(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean().nullish(),
    OOMKilled: z.boolean().nullish(),
    ExitCode: z.number().nullish(),
    StartedAt: text,
    Health: z.object({ Status: text }).nullish(),
  }),
});
/** See `inspectedContainerSchema`. */
export type InspectedContainer = z.infer<typeof inspectedContainerSchema>;

/** `GET /containers/{id}/stats?stream=false&one-shot=true`. */
export const containerStatsSchema = z.object({
  cpu_stats: z
    .object({
      cpu_usage: z
        .object({ total_usage: figure, usage_in_usermode: figure, usage_in_kernelmode: figure })
        .nullish(),
    })
    .nullish(),
  memory_stats: z
    .object({ usage: figure, stats: z.record(z.string(), z.number()).nullish().catch(undefined) })
    .nullish(),
  networks: z.record(z.string(), z.object({ rx_bytes: figure, tx_bytes: figure })).nullish(),
  blkio_stats: z
    .object({
      io_service_bytes_recursive: z
        .array(z.object({ major: z.number(), minor: z.number(), op: z.string(), value: figure }))
        .nullish(),
    })
    .nullish(),
});
/** See `containerStatsSchema`. */
export type ContainerStats = z.infer<typeof containerStatsSchema>;

/** An element of `GET /events`. */
export const containerEventSchema = z.object({ Actor: z.object({ ID: z.string() }) });

/** Whether it has processes, and counters that go on. */
export function isAlive({ State }: Pick<InspectedContainer, 'State'>): boolean {
  return State.Status === 'running' || State.Status === 'paused';
}

/** What a round reads of one container. */
export interface ContainerReading {
  readonly inspected: InspectedContainer;
  /** Null where it does not run, or its figures could not be read. */
  readonly stats: ContainerStats | null;
  /** When the figures were read, unix ms. */
  readonly takenMs: number;
  /** How often its processes were killed for want of memory, as far as it was seen in this run and at its end. */
  readonly oomKills: number;
  /** Whether one was since the round before. */
  readonly wasOomKilled: boolean;
  /** Why its figures could not be read; null where they could. */
  readonly problem: string | null;
}
