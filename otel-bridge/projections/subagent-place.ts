import type { AgentEvent } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import type { LogRecord } from '../domain/outbox.ts';
import { textOf } from '../domain/values.ts';
import { NOTABLE_SERVICE_NAME, type Owner, toResource } from './resource.ts';

/** What the main agent of a session is called beside its sub-agents. */
export const MAIN_AGENT = 'main';
/** What sub-agents are called that have neither id nor name. */
export const ANY_SUBAGENT = 'sub-agent';
/** `event.name` of records of places. */
export const PLACE_RECORD = 'subagent.place';

/** Further up nobody looks for the sub-agent that a call was part of. */
const MAX_HOPS = 32;
/** Not collapsed at the beginning of a cell, as blanks are. */
const INDENT = '\u2003';

/** What an event tells of the agent that did it. */
export interface ToldSubagent {
  /** Session in whose tree it stands. */
  readonly sessionId: string;
  /** Of its run; the name where runs have no ids; `MAIN_AGENT`. */
  readonly id: string;
  readonly name: string | null;
  /** Id of the call that it came from; null = not told. */
  readonly call: string | null;
  /** Whether nothing more will be told of it. */
  readonly isOver: boolean;
  /** Whether it has a session of its own, whose id `id` is. */
  readonly isSession: boolean;
}

/**
 * Which agent of its session an event is of, or which session it says that it began; null where it does not say, or is
 * no call of a model nor about a sub-agent.
 */
export function subagentOf({
  type,
  payload,
  correlation,
}: Pick<AgentEvent, 'type' | 'payload' | 'correlation'>): ToldSubagent | null {
  const { sessionId } = correlation;
  if (sessionId === undefined) return null;
  const parent = type === 'session.start' ? textOf(payload.parent_session_id) : undefined;
  const name = textOf(payload.subagent) ?? null;
  if (parent !== undefined && parent !== sessionId)
    return { sessionId: parent, id: sessionId, name, call: null, isOver: false, isSession: true };
  const anybody = payload.query_source === 'subagent' ? ANY_SUBAGENT : MAIN_AGENT;
  const ofCall = type === 'api.request' ? (textOf(payload.subagent) ?? anybody) : undefined;
  const id = textOf(payload.subagent_id) ?? ofCall;
  if (id === undefined) return null;
  const { parentSpanId = id } = correlation;
  return {
    sessionId,
    id,
    name,
    isSession: false,
    call: id === MAIN_AGENT || parentSpanId === id ? null : parentSpanId,
    isOver: type === 'span.end' && payload.kind === 'subagent',
  };
}

/**
 * The sub-agent that another one came from: the first that one of the calls above it is part of. Null = the main agent.
 * @param call id of the call that it came from.
 * @param factOf the call or span of an id, as far as it is known.
 */
export function parentOf(
  id: string,
  call: string | null,
  factOf: (spanId: string) => Pick<Fact, 'data' | 'parentSpanId'> | undefined,
): string | null {
  let at = call;
  for (let hops = 0; at !== null && hops < MAX_HOPS; hops += 1) {
    const fact = factOf(at);
    const owner = textOf(fact?.data.subagent_id);
    if (owner !== undefined && owner !== id) return owner;
    at = fact?.parentSpanId ?? null;
  }
  return null;
}

/** The session that began a session; null where none is known. @param factOf the fact of a session's beginning */
export function parentSessionOf(
  sessionId: string,
  factOf: (sessionId: string) => Pick<Fact, 'data'> | undefined,
): string | null {
  const parent = textOf(factOf(sessionId)?.data.parent_session_id) ?? null;
  return parent === sessionId ? null : parent;
}

/** Where a sub-agent stands among those of its session. */
export interface SubagentPlace {
  readonly id: string;
  readonly name: string | null;
  readonly isSession: boolean;
  /** Numbers of those that it came from, and its own; the main agent's is 0. */
  readonly path: readonly number[];
  readonly beganMs: number;
  /** Counts how often its place was told: the largest is right. */
  readonly version: number;
}

/**
 * The log record of a sub-agent's place in the tree of its session: sorted by `subagent_path`, the texts in
 * `subagent_tree` are the tree, top to bottom. It has the time at which the sub-agent began.
 * @param toldMs when it was told, unix ms.
 */
export function toPlaceRecord(
  { id, name, isSession, path, beganMs, version }: SubagentPlace,
  session: Owner & { readonly id: string },
  instanceId: string,
  toldMs: number,
): LogRecord {
  const isMain = id === MAIN_AGENT;
  const title = isMain ? 'main agent' : (name ?? (isSession ? 'session' : id));
  return {
    resource: toResource(session, NOTABLE_SERVICE_NAME, instanceId),
    timeUnixNano: (BigInt(beganMs) * 1_000_000n).toString(),
    observedTimeUnixNano: (BigInt(toldMs) * 1_000_000n).toString(),
    severityNumber: 9,
    severityText: 'INFO',
    body: `${PLACE_RECORD} ${session.id} ${id} ${version}`,
    attributes: {
      'event.name': PLACE_RECORD,
      'session.id': session.id,
      subagent_id: id,
      subagent_path: path.map((number) => String(number).padStart(4, '0')).join('.'),
      subagent_tree: isMain ? title : `${INDENT.repeat(path.length - 1)}└ ${title}`,
      subagent_version: version,
      ...(isSession ? { child_session_id: id } : {}),
    },
  };
}
