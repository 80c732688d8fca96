import type { AgentEvent } from '../domain/event.ts';

/** A time of OTLP as an event has it. @param unixNano decimal; `'0'` and `''` = unknown @param fallbackMs unix ms */
export function eventTime(unixNano: string, fallbackMs: number): Pick<AgentEvent, 'tsMs' | 'tsNanos'> {
  if (!isKnown(unixNano)) return { tsMs: fallbackMs, tsNanos: 0 };
  // Digits are cut, not divided: milliseconds of any year fit into a number, nanoseconds do not.
  return { tsMs: Number(unixNano.slice(0, -6)), tsNanos: Number(unixNano.slice(-6)) };
}

/** Milliseconds between two times of OTLP, to the microsecond; undefined where one is unknown or they are reversed. */
export function durationMs(startUnixNano: string, endUnixNano: string): number | undefined {
  if (!isKnown(startUnixNano) || !isKnown(endUnixNano)) return undefined;
  const nanos = BigInt(endUnixNano) - BigInt(startUnixNano);
  return nanos < 0n ? undefined : Number(nanos / 1000n) / 1000;
}

function isKnown(unixNano: string): boolean {
  return unixNano !== '' && unixNano !== '0';
}
