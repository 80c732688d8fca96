/** What OpenClaw hands over, of any shape. */
export type Told = Readonly<Record<string, unknown>>;

/** An event for the bridge, without what every event of this gateway has in common. */
export interface OpenClawEvent {
  readonly type: string;
  readonly sessionId?: string | undefined;
  readonly runId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly parentSpanId?: string | undefined;
  readonly payload: Record<string, unknown>;
}

/** An object, else an empty one. */
export function toldOf(value: unknown): Told {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Told) : {};
}

/** A text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Without the keys whose value is undefined. */
export function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** How much was said, not what. */
export function lengthOf(value: unknown): number | undefined {
  return typeof value === 'string' ? value.length : undefined;
}

/** Size of a value as JSON, bytes; undefined where it is none. */
export function sizeOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  try {
    return Buffer.byteLength(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  } catch {
    // It leads back to itself, or holds what JSON has not.
    return undefined;
  }
}
