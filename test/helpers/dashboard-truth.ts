/** What each query of the dashboards must answer, worked out from what happened. */
import type { AgentIdentity, Observation, Workload } from './agent-workload.ts';
import { IDLE_END_MS } from './virtual-bridge.ts';

/** Prometheus looks back this far for the value of now, ms. */
const STALE_MS = 300_000;
const FAILURES = ['failure', 'error'];

/** What is asked: a range (start excluded, end included) and selected variables. */
export interface Question {
  readonly fromMs: number;
  readonly toMs: number;
  readonly selected: Readonly<Record<string, readonly string[]>>;
}

/** What happened, and when the bridge exported metrics. */
export interface World {
  readonly workload: Workload;
  readonly exportsMs: readonly number[];
}

/** Values by labels (`labelKey`); what is not in it must be 0 or absent. */
export type Answer = ReadonlyMap<string, number>;

/** Key of a set of labels. */
export function labelKey(labels: Readonly<Record<string, string>>): string {
  const named = Object.entries(labels).filter(([name]) => name !== '__name__');
  return named
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/**
 * The right answer to a query. Of a query over time it is the sum of all steps.
 * @param query file, panel id and query: `overview.json 4A`.
 * @returns undefined where nobody wrote down what it must answer.
 */
export function rightAnswer(query: string, question: Question, world: World): Answer | undefined {
  return RIGHT[query]?.({ ...question, ...world });
}

type Scene = Question & World;
type LabelOf = (observation: Observation) => Record<string, string>;

const none: LabelOf = () => ({});
const owner = ({ project, agent }: AgentIdentity) => ({ project, agent });
const session: LabelOf = ({ project, agent, sessionId }) => ({ session_id: sessionId, project, agent });
const model: LabelOf = ({ model: name = '' }) => ({ gen_ai_request_model: name });
const tool: LabelOf = ({ tool: name = '' }) => ({ gen_ai_tool_name: name });

const failed = ({ outcome, errorType }: Observation): boolean =>
  errorType !== undefined || FAILURES.includes(outcome ?? '');
const ofType =
  (type: string) =>
  ({ tokenType }: Observation): boolean =>
    tokenType === type;

const RIGHT: Readonly<Record<string, (scene: Scene) => Answer>> = {
  'overview.json 1A': activeSessions,
  'overview.json 2A': (scene) => sum(scene, 'session', none),
  'overview.json 3A': (scene) => sum(scene, 'run', none),
  'overview.json 3B': (scene) => sum(scene, 'run', none, failed),
  'overview.json 4A': (scene) => sum(scene, 'cost', none),
  'overview.json 5A': (scene) => sum(scene, 'tokens', none),
  'overview.json 6A': (scene) => sum(scene, 'call', none),
  'overview.json 6B': (scene) => sum(scene, 'call', none, failed),
  'overview.json 7A': (scene) => sum(scene, 'tool', none),
  'overview.json 7B': (scene) => sum(scene, 'tool', none, failed),
  'overview.json 8A': (scene) => sum(scene, 'error', none),
  'overview.json 9A': (scene) => sum(scene, 'cost', owner),
  'overview.json 10A': (scene) =>
    sum(scene, 'tokens', ({ tokenType = '' }) => ({ gen_ai_token_type: tokenType })),
  'overview.json 11A': (scene) => sum(scene, 'session', owner),
  'overview.json 11B': (scene) => sum(scene, 'run', owner),
  'overview.json 11C': (scene) => sum(scene, 'cost', owner),
  'overview.json 11D': (scene) => sum(scene, 'tokens', owner),
  'overview.json 11E': (scene) => sum(scene, 'call', owner),
  'overview.json 11F': (scene) => sum(scene, 'call', owner, failed),
  'overview.json 11G': (scene) => sum(scene, 'tool', owner),
  'overview.json 11H': (scene) => sum(scene, 'tool', owner, failed),
  'overview.json 11I': (scene) => lastEvents(scene, owner),
  'overview.json 12A': (scene) => sum(scene, 'cost', model),
  'overview.json 12B': (scene) => sum(scene, 'tokens', model, ofType('input')),
  'overview.json 12C': (scene) => sum(scene, 'tokens', model, ofType('output')),
  'overview.json 12D': (scene) => sum(scene, 'tokens', model, ofType('cache_read')),
  'overview.json 12E': (scene) => sum(scene, 'tokens', model, ofType('cache_creation')),
  'overview.json 13A': (scene) => sum(scene, 'tool', tool),
  'overview.json 13B': (scene) => sum(scene, 'tool', tool, failed),
  'overview.json 13C': (scene) => ratio(sum(scene, 'tool', tool, failed), sum(scene, 'tool', tool)),
  'overview.json 13D': (scene) => ratio(seconds(scene), sum(scene, 'tool', tool)),
  'overview.json 14A': (scene) =>
    sum(scene, 'call', ({ errorType = '' }) => ({ error_type: errorType }), failed),
  'overview.json 17A': (scene) => sum(scene, 'cost', none),
  'overview.json 18A': (scene) => sum(scene, 'cost', none),
  'sessions.json 1A': (scene) => sum(scene, 'session', none),
  'sessions.json 3A': (scene) => sum(scene, 'run', none),
  'sessions.json 3B': (scene) => sum(scene, 'run', none, failed),
  'sessions.json 4A': (scene) => sum(scene, 'tool', none),
  'sessions.json 4B': (scene) => sum(scene, 'tool', none, failed),
  'sessions.json 5A': (scene) => sum(allModels(scene), 'cost', none),
  'sessions.json 6C': (scene) => sum(scene, 'run', session),
  'sessions.json 6D': (scene) => sum(allModels(scene), 'call', session),
  'sessions.json 6E': (scene) => sum(scene, 'tool', session),
  'sessions.json 6F': (scene) => sum(scene, 'tool', session, failed),
  'sessions.json 6G': (scene) => sum(allModels(scene), 'cost', session),
  'sessions.json 9A': (scene) => sum(scene, 'run', ({ outcome = '' }) => ({ agent_outcome: outcome })),
  'sessions.json 10A': (scene) => sum(scene, 'cost', ({ agent }) => ({ agent })),
  'cost.json 1A': (scene) => sum(scene, 'cost', none),
  'cost.json 2A': (scene) => sum(scene, 'cost', none),
  'cost.json 3A': (scene) => sum(scene, 'cost', none),
  'cost.json 9A': (scene) => sum(scene, 'cost', model),
  'cost.json 10A': (scene) =>
    sum(scene, 'tokens', ({ tokenType = '' }) => ({ gen_ai_token_type: tokenType })),
  'cost.json 12A': (scene) => sum(scene, 'cost', ({ project }) => ({ project })),
  'cost.json 13A': (scene) => sum(scene, 'cost', ({ agent }) => ({ agent })),
  'cost.json 19A': (scene) => sum(scene, 'cost', model),
  'cost.json 19B': (scene) => sum(scene, 'tokens', model, ofType('input')),
  'cost.json 19C': (scene) => sum(scene, 'tokens', model, ofType('output')),
  'cost.json 19D': (scene) => sum(scene, 'tokens', model, ofType('cache_read')),
  'cost.json 19E': (scene) => sum(scene, 'tokens', model, ofType('cache_creation')),
  'coding.json 5A': (scene) => sum(scene, 'tool', none),
  'coding.json 5B': (scene) => sum(scene, 'tool', none, failed),
  'coding.json 6A': (scene) => ratio(sum(scene, 'tool', none, failed), sum(scene, 'tool', none)),
  'coding.json 10A': (scene) => sum(scene, 'tool', tool),
  'coding.json 11A': (scene) => sum(scene, 'tool', tool, failed),
  'coding.json 14A': (scene) => sum(scene, 'tool', tool),
  'coding.json 14B': (scene) => sum(scene, 'tool', tool, failed),
  'coding.json 14C': (scene) => ratio(sum(scene, 'tool', tool, failed), sum(scene, 'tool', tool)),
  'coding.json 15A': (scene) => sum(scene, 'tool', (o) => ({ ...tool(o), agent: o.agent }), failed),
  'session-timeline.json 2A': (scene) => sum(scene, 'run', none),
  'session-timeline.json 2B': (scene) => sum(scene, 'run', none, failed),
  'session-timeline.json 3A': (scene) => sum(scene, 'tool', none),
  'session-timeline.json 3B': (scene) => sum(scene, 'tool', none, failed),
  'session-timeline.json 4A': (scene) => sum(allModels(scene), 'cost', none),
  'session-timeline.json 8A': (scene) => sum(scene, 'tool', tool),
  'session-timeline.json 10A': (scene) => sum(allModels(scene), 'cost', model),
  'session-timeline.json 14B': (scene) => sum(scene, 'tool', tool),
  'sessions.json 6A': (scene) => eventTimes(scene, Math.min),
  'sessions.json 6B': (scene) => eventTimes(scene, Math.max),
  'sessions.json 6H': (scene) => promptPeaks(scene, session),
  'session-timeline.json 5A': (scene) => promptPeaks(scene, none),
  'context.json 3A': (scene) => promptPeaks(scene, none),
  'cost.json 4A': forecast,
  'cost.json 5A': (scene) => {
    const prompt = sum(scene, 'tokens', none, ({ tokenType }) => tokenType !== 'output');
    return ratio(sum(scene, 'tokens', none, ofType('cache_read')), prompt);
  },
  'stack-health.json 7B': (scene) =>
    lastEvents(scene, ({ project, agent, host }) => ({ project, agent, host_name: host })),
  'overview.json 15A': (scene) => sum(scene, 'error', ({ event = '' }) => ({ event_name: event })),
};

/** Queries whose right answer is known. */
export const ANSWERED: ReadonlySet<string> = new Set(Object.keys(RIGHT));

/** Where the variable Model does not apply. */
function allModels(scene: Scene): Scene {
  const { model: _, ...selected } = scene.selected;
  return { ...scene, selected };
}

function isSelected({ selected }: Question, { project, agent, host }: AgentIdentity): boolean {
  const values = { project, agent, host };
  return Object.entries(values).every(([name, value]) => selected[name]?.includes(value) ?? true);
}

function observed(scene: Scene, what: Observation['what']): Observation[] {
  const { fromMs, toMs, selected, workload } = scene;
  return workload.observations.filter(
    (observation) =>
      observation.what === what &&
      observation.atMs > fromMs &&
      observation.atMs <= toMs &&
      isSelected(scene, observation) &&
      (observation.model === undefined || (selected.model?.includes(observation.model) ?? true)),
  );
}

function sum(
  scene: Scene,
  what: Observation['what'],
  label: LabelOf,
  where: (observation: Observation) => boolean = () => true,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const observation of observed(scene, what).filter(where)) {
    const key = labelKey(label(observation));
    sums.set(key, (sums.get(key) ?? 0) + observation.value);
  }
  return sums;
}

function ratio(part: ReadonlyMap<string, number>, whole: ReadonlyMap<string, number>): Answer {
  return new Map([...whole].map(([key, value]) => [key, (part.get(key) ?? 0) / value]));
}

function seconds(scene: Scene): Map<string, number> {
  const sums = new Map<string, number>();
  for (const observation of observed(scene, 'tool')) {
    const key = labelKey(tool(observation));
    sums.set(key, (sums.get(key) ?? 0) + (observation.durationMs ?? 0) / 1000);
  }
  return sums;
}

/** The newest export up to the end of the range, if it is not older than `maxAgeMs`. */
function newestExport({ exportsMs, toMs }: Scene, maxAgeMs: number): number | undefined {
  return exportsMs.findLast((atMs) => atMs <= toMs && atMs > toMs - maxAgeMs);
}

function activeSessions(scene: Scene): Answer {
  const atMs = newestExport(scene, STALE_MS);
  if (atMs === undefined) return new Map();
  const sessions = Map.groupBy(
    scene.workload.events.filter((event) => event.tsMs <= atMs && isSelected(scene, event.owner)),
    ({ correlation }) => correlation.sessionId,
  );
  const active = [...sessions.values()].filter((events) => {
    const last = events.at(-1);
    return last !== undefined && last.type !== 'session.end' && last.tsMs > atMs - IDLE_END_MS;
  });
  return new Map([['', active.length]]);
}

/** Unix ms of the first or last event of each session. */
function eventTimes(scene: Scene, better: (a: number, b: number) => number): Answer {
  const times = new Map<string, number>();
  for (const { tsMs, owner: identity, correlation } of scene.workload.events) {
    if (tsMs <= scene.fromMs || tsMs > scene.toMs || !isSelected(scene, identity)) continue;
    const key = labelKey({ ...owner(identity), session_id: correlation.sessionId ?? '' });
    times.set(key, better(times.get(key) ?? tsMs, tsMs));
  }
  return times;
}

/** Tokens of the largest prompt. Usage of whole runs, as one of the agents tells it, is no prompt. */
function promptPeaks(scene: Scene, label: LabelOf): Answer {
  const tokens = observed(allModels(scene), 'tokens').filter(
    ({ framework, tokenType }) => framework === 'claude-code' && tokenType !== 'output',
  );
  const peaks = new Map<string, number>();
  for (const call of Map.groupBy(tokens, ({ sessionId, atMs }) => `${sessionId} ${atMs}`).values()) {
    const [first] = call;
    if (first === undefined) continue;
    const key = labelKey(label(first));
    const size = call.reduce((total, { value }) => total + value, 0);
    peaks.set(key, Math.max(peaks.get(key) ?? 0, size));
  }
  return peaks;
}

/** Cost of the range, scaled to the month in which it ends. */
function forecast(scene: Scene): Answer {
  const end = new Date(scene.toMs);
  const days = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  const scale = (days * 86_400_000) / (scene.toMs - scene.fromMs);
  return new Map([...sum(scene, 'cost', none)].map(([key, value]) => [key, value * scale]));
}

function lastEvents(scene: Scene, label: (identity: AgentIdentity) => Record<string, string>): Answer {
  const atMs = newestExport(scene, scene.toMs - scene.fromMs);
  if (atMs === undefined) return new Map();
  const last = new Map<string, number>();
  for (const event of scene.workload.events) {
    if (event.tsMs <= atMs && isSelected(scene, event.owner)) {
      last.set(labelKey(label(event.owner)), event.tsMs);
    }
  }
  return last;
}
