import { setTimeout as sleep } from 'node:timers/promises';

/** How often a store is asked. */
const POLL_MS = 250;

/** A place that a session passes. */
export interface Hop {
  /** `ingest`, `loki`. */
  readonly name: string;
  /** Looks once. @returns what was found there; null where it has not arrived yet. Throws where nobody answers. */
  look(): Promise<string | null>;
}

/** What became of a session at a hop. */
export interface HopReport {
  readonly hop: string;
  readonly ok: boolean;
  /** From the beginning until it was seen there; null where it was not. */
  readonly latency_ms: number | null;
  readonly note: string;
}

/** How to follow. */
export interface FollowOptions {
  /** When following began, `performance.now()`. */
  readonly startMs: number;
  /** How long to wait for each hop, from the beginning. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Waits until a session was seen at every hop, or the time is up. All are looked at beside each other. */
export function followSession(hops: readonly Hop[], options: FollowOptions): Promise<HopReport[]> {
  return Promise.all(hops.map((hop) => waitFor(hop, options)));
}

async function waitFor(hop: Hop, { startMs, timeoutMs, signal }: FollowOptions): Promise<HopReport> {
  let reason = 'it did not arrive';
  while (performance.now() - startMs < timeoutMs) {
    try {
      const found = await hop.look();
      const latency = Math.round(performance.now() - startMs);
      if (found !== null) return { hop: hop.name, ok: true, latency_ms: latency, note: found };
      reason = 'it did not arrive';
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  return { hop: hop.name, ok: false, latency_ms: null, note: reason };
}
