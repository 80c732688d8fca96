import type { Attributes } from '../domain/outbox.ts';

/** To whom something belongs, resolved. */
export interface Owner {
  readonly project: string;
  readonly agent: string;
  readonly framework: string;
  readonly host: string | null;
}

/** Service names that are ours; a sender that claims one is refused. */
export const SERVICE_NAME = 'agent-monitor';
/** Where log records go that were history when they came: their own stream, since stores refuse old among new. */
export const HISTORY_SERVICE_NAME = 'agent-monitor-history';
/** Where records of notable events go once more: few, so that a long range of them is found quickly. */
export const NOTABLE_SERVICE_NAME = 'agent-monitor-notable';
/** Where what sessions did in a minute goes: apart from events, so that whoever counts those counts events alone. */
export const ACCOUNT_SERVICE_NAME = 'agent-monitor-sessions';

/** Resource of what the bridge says about an agent. */
export function toResource(owner: Owner, serviceName: string, instanceId: string): Attributes {
  return {
    'service.name': serviceName,
    'service.instance.id': instanceId,
    project: owner.project,
    agent: owner.agent,
    'agent.framework': owner.framework,
    ...(owner.host === null ? {} : { 'host.name': owner.host }),
  };
}
