import type { AgentEvent } from '../domain/event.ts';
import { textOf } from '../domain/values.ts';
import type { ProjectionSettings } from './settings.ts';

/** How well an attribution is known; a higher rank replaces a lower one, an equal one does not. */
export const ATTRIBUTION_RANK = { fallback: 0, repository: 1, rule: 2, attribute: 3, token: 4 } as const;

/** A project and an agent with how well each is known. */
export interface Attribution {
  readonly project: string;
  readonly projectRank: number;
  readonly agent: string;
  readonly agentRank: number;
}

/** `*` in a rule's pattern stands for any text. */
function matches(pattern: string | null, value: string | undefined): boolean {
  if (pattern === null) return true;
  if (value === undefined) return false;
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(value);
}

/** To whom an event alone attributes its session. Order: token, attribute, rule, repository, fallback (design: the event). */
export function attributionOf(event: AgentEvent, rules: ProjectionSettings['rules']): Attribution {
  const { source, attributes, payload, claims } = event;
  const repository = textOf(payload.repository) ?? textOf(attributes.repository);
  const rule = rules.find(
    ({ match }) =>
      matches(match.client_id, source.clientId) &&
      matches(match.host, source.host) &&
      matches(match.cwd, textOf(payload.cwd) ?? textOf(attributes.cwd)) &&
      matches(match.repository, repository),
  );
  const projects: [string | undefined, number][] = [
    [claims?.project, ATTRIBUTION_RANK.token],
    [textOf(attributes.project), ATTRIBUTION_RANK.attribute],
    [rule?.project, ATTRIBUTION_RANK.rule],
    [repository, ATTRIBUTION_RANK.repository],
    ['unassigned', ATTRIBUTION_RANK.fallback],
  ];
  const fallbackAgent = source.host === undefined ? source.framework : `${source.framework}@${source.host}`;
  const agents: [string | undefined, number][] = [
    [claims?.agent, ATTRIBUTION_RANK.token],
    [textOf(attributes.agent), ATTRIBUTION_RANK.attribute],
    [rule?.agent ?? undefined, ATTRIBUTION_RANK.rule],
    [fallbackAgent, ATTRIBUTION_RANK.fallback],
  ];
  const [project, projectRank] = firstKnown(projects);
  const [agent, agentRank] = firstKnown(agents);
  return { project, projectRank, agent, agentRank };
}

function firstKnown(candidates: readonly [string | undefined, number][]): [string, number] {
  for (const [value, rank] of candidates) if (value !== undefined && value !== '') return [value, rank];
  return ['unassigned', ATTRIBUTION_RANK.fallback];
}

/** True when nothing that may still come can change the attribution: it need not be waited for. */
export function isFirm(attribution: Pick<Attribution, 'projectRank' | 'agentRank'>): boolean {
  return (
    attribution.projectRank >= ATTRIBUTION_RANK.attribute &&
    attribution.agentRank >= ATTRIBUTION_RANK.attribute
  );
}
