import type { JournalEvent } from '../domain/event.ts';
import type { MachineEventFilter, SessionSummary } from '../domain/read-model.ts';

/** What is told of a machine is told up to a round or two later, and may be why its session fell silent. */
const AFTERMATH_MS = 60_000;

/** Which events tell what a session's machine did meanwhile; null where its machine is not known. */
export function machineOf({ host, startedMs, lastMs }: SessionSummary): MachineEventFilter | null {
  return host === null ? null : { machine: host, fromMs: startedMs, toMs: lastMs + AFTERMATH_MS };
}

/** One readable line of what a machine did: `zap: running to crashed (panicked)`. */
export function machineLine({ type, payload, source }: JournalEvent): string {
  const name = text(payload.name) ?? text(payload.instance) ?? source.host ?? 'machine';
  const state = stateOf(payload.state) ?? text(payload.status);
  const reason = text(payload.reason);
  const why = reason === null || reason === 'unknown' ? '' : ` (${reason})`;
  if (type.endsWith('.state_change')) {
    return `${name}: ${text(payload.from_state) ?? 'unknown'} to ${state ?? 'unknown'}${why}`;
  }
  if (type.endsWith('.issue')) {
    return `${name}: ${text(payload.issue) ?? 'an issue'}${payload.change === 'ended' ? ', no longer' : ''}`;
  }
  const gateway = stateOf(payload.gateway) ?? text(payload.gateway_status);
  const issues = Array.isArray(payload.issues) ? payload.issues.map(text) : [];
  const told = [`${state ?? 'seen'}${why}`, gateway === null ? null : `gateway ${gateway}`, ...issues].filter(
    (part) => part !== null,
  );
  return `${name}: ${told.join(', ')}`.slice(0, 300);
}

/** A word, or the one in `{status: 'up', port: 18789}`. */
function stateOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return text(value);
  return text('status' in value ? value.status : 'state' in value ? value.state : null);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.replaceAll(/\s+/g, ' ').trim() : null;
}
