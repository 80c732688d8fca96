import type { AgentEvent, JsonObject } from '../../domain/event.ts';
import type { SampledThing, SampleRound } from '../../domain/sample.ts';
import { shortDigest } from '../../domain/short-digest.ts';

/** States in which something is at work; leaving them by itself is worth a warning. */
const AT_WORK = new Set(['running', 'blocked']);
const BROKEN = new Set(['crashed', 'missing', 'dead']);
/** Ends that nobody wanted, and the one that was. */
const BAD_ENDS = new Set(['crashed', 'failed', 'oom_killed']);
const GOOD_END = 'completed';

/**
 * The events of a round: a snapshot of each thing that is not as it was, and a record of its own for a state that
 * changed and for each issue that came or went. Figures alone are no change. Pure.
 * @param before its things the round before; null for a sampler that is new
 */
export function changesOf(round: SampleRound, before: readonly SampledThing[] | null): AgentEvent[] {
  const known = new Map(before?.map((thing) => [thing.id, thing]));
  const events = round.things.flatMap((thing) => eventsOf(thing, known.get(thing.id), round.taken_ms));
  if (round.problem !== null || before === null) return events;
  const present = new Set(round.things.map(({ id }) => id));
  const gone = (before ?? []).filter(({ id }) => !present.has(id));
  return [
    ...events,
    ...gone.map((thing) => stateEvent({ ...thing, state: 'gone', reason: null }, thing, round.taken_ms)),
  ];
}

function eventsOf(thing: SampledThing, before: SampledThing | undefined, takenMs: number): AgentEvent[] {
  const events: AgentEvent[] = [];
  if (before === undefined || digest(thing) !== digest(before)) events.push(snapshotEvent(thing, takenMs));
  if (before !== undefined && (before.state !== thing.state || before.reason !== thing.reason)) {
    events.push(stateEvent(thing, before, takenMs));
  } else if (before !== undefined && isRestarted(thing, before)) {
    events.push(stateEvent(thing, { ...before, state: 'off' }, takenMs));
  }
  const was = new Set(before?.issues);
  const is = new Set(thing.issues);
  for (const issue of is) if (!was.has(issue)) events.push(issueEvent(thing, issue, 'began', takenMs));
  for (const issue of was) if (!is.has(issue)) events.push(issueEvent(thing, issue, 'ended', takenMs));
  return events;
}

/** It stopped and started between two rounds: nobody saw it stand still. */
function isRestarted({ run_id: now }: SampledThing, { run_id: then }: SampledThing): boolean {
  return typeof now === 'string' && typeof then === 'string' && now !== then;
}

/** What makes a thing another one than before: everything but its figures. */
function digest({ metrics: _, ...rest }: SampledThing): string {
  return JSON.stringify(rest);
}

function snapshotEvent(thing: SampledThing, takenMs: number): AgentEvent {
  const { metrics: _, kind, id, name, location, registered, state, reason, issues, facts } = thing;
  const type =
    kind === 'container'
      ? 'container.snapshot'
      : thing.framework === 'openclaw'
        ? 'openclaw.snapshot'
        : 'vm.snapshot';
  return event(thing, type, takenMs, [digest(thing)], {
    kind,
    id,
    name,
    location,
    registered,
    state,
    reason,
    issues,
    ...facts,
  });
}

function stateEvent(thing: SampledThing, before: SampledThing, takenMs: number): AgentEvent {
  const { kind, name, state, reason } = thing;
  const isBad = BROKEN.has(state) || (reason !== null && BAD_ENDS.has(reason) && !AT_WORK.has(state));
  return event(thing, `${kind}.state_change`, takenMs, [before.state, state], {
    name,
    from_state: before.state,
    state,
    reason,
    ...(isRestarted(thing, before) ? { restarted: true } : {}),
    severity: isBad
      ? 'error'
      : isRestarted(thing, before) || (AT_WORK.has(before.state) && reason !== GOOD_END)
        ? 'warn'
        : 'info',
  });
}

function issueEvent(
  thing: SampledThing,
  issue: string,
  change: 'began' | 'ended',
  takenMs: number,
): AgentEvent {
  const { kind, name } = thing;
  const severity = change === 'began' ? 'warn' : 'info';
  return event(thing, `${kind}.issue`, takenMs, [issue, change], { name, issue, change, severity });
}

function event(
  { id, project, agent, framework, host }: SampledThing,
  type: string,
  tsMs: number,
  identity: readonly string[],
  payload: JsonObject,
): AgentEvent {
  return {
    id: `sample:${shortDigest(JSON.stringify([type, id, tsMs, ...identity]))}`,
    type,
    tsMs,
    tsNanos: 0,
    source: { framework, ...(host === null ? {} : { host }) },
    correlation: {},
    attributes: { project, agent },
    payload,
    origin: 'bridge',
  };
}
