import type { AgentEvent, JsonObject } from '../domain/event.ts';
import { present, textOf } from '../domain/values.ts';
import type { PlainAttributes, TelemetryContext } from './adapter.ts';

/** The parts of an event that say who sent it, and to whom it says that it belongs. */
export type Sender = Pick<AgentEvent, 'source' | 'attributes' | 'origin' | 'claims'>;

/**
 * Reads the sender of a record or span from its resource, or, for agents that copy the resource, from itself.
 * @param more further attributes of the event
 */
export function telemetrySender(
  framework: string,
  resource: PlainAttributes,
  attributes: PlainAttributes,
  { claims }: TelemetryContext,
  more: JsonObject = {},
): Sender {
  const read = (name: string): string | undefined =>
    textOf(resource.get(name)) ?? textOf(attributes.get(name));
  const host = read('host.name');
  return {
    source: { framework, ...(host === undefined ? {} : { host }) },
    attributes: {
      ...present({
        project: read('project'),
        agent: read('agent'),
        repository: read('vcs.repository.name'),
        branch: read('vcs.ref.head.name'),
        task_id: read('task.id'),
        agent_version: textOf(resource.get('service.version')),
      }),
      ...more,
    },
    origin: 'telemetry',
    ...(claims === undefined ? {} : { claims }),
  };
}
