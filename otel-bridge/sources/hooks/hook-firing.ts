import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject, TokenClaims } from '../../domain/event.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';

/** One hook of an agent that fired. */
export interface HookFiring {
  /** `claude-code`, `codex`, ... */
  readonly framework: string;
  /** What the agent says, as it says it. */
  readonly input: JsonObject;
  /** Tells this firing from every other one; the same when it is sent again. */
  readonly id: string;
  /** Unix ms. */
  readonly firedMs: number;
  readonly host?: string | undefined;
  /** `project`, `agent`, `repository`, `branch`, as far as the sender says them. */
  readonly attributes: JsonObject;
  readonly claims?: TokenClaims | undefined;
}

/** What a sender says of a firing beside the agent's own words. */
export interface FiringDescription {
  readonly id?: string | undefined;
  readonly firedMs?: number | undefined;
  readonly host?: string | undefined;
  readonly attributes: JsonObject;
}

const MAX_LENGTH = 1024;
const ATTRIBUTES = ['project', 'agent', 'repository', 'branch'] as const;

/** Reads the headers `x-agent-monitor-*` that an installed hook sends; values are percent-encoded. */
export function describedByHeaders(headers: IncomingHttpHeaders): FiringDescription {
  return describe((name) => {
    const value = headers[`x-agent-monitor-${name}`];
    return typeof value === 'string' ? decode(value) : undefined;
  });
}

/**
 * Reads one line that the sender kept on disk:
 * `{"hook":"codex","id":"...","fired":1763730000000,"host":"box","project":"p",...,"input":{...}}`.
 * @returns null where it is none, or does not say when it fired and how it is told from others
 */
export function readRecord(value: unknown): HookFiring | null {
  const record = objectOf(value);
  const framework = textOf(record?.hook);
  const input = objectOf(record?.input);
  if (record === undefined || framework === undefined || input === undefined) return null;
  const { id, firedMs, ...described } = describe((name) => textOf(record[name]));
  return id === undefined || firedMs === undefined ? null : { framework, input, id, firedMs, ...described };
}

function describe(read: (name: string) => string | undefined): FiringDescription {
  const text = (name: string): string | undefined => {
    const value = read(name);
    return value === undefined || value.length > MAX_LENGTH ? undefined : value;
  };
  return {
    id: text('id'),
    firedMs: timeOf(text('fired')),
    host: text('host'),
    attributes: present(Object.fromEntries(ATTRIBUTES.map((name) => [name, text(name)]))),
  };
}

/** A time that a clock can say; years beyond 9999 are none. */
function timeOf(text: string | undefined): number | undefined {
  const ms = numberOf(text);
  return ms !== undefined && ms >= 0 && ms < 253_402_300_800_000 ? Math.round(ms) : undefined;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // Written by hand, with a percent sign of its own.
    return value;
  }
}
