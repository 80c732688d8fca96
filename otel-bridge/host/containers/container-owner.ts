import type { InspectedContainer } from './container-reading.ts';

/** Whose container it is. */
export interface ContainerOwner {
  /** Null where nothing says so. */
  readonly project: string | null;
  readonly agent: string | null;
}

const VARIABLE = 'OTEL_RESOURCE_ATTRIBUTES=';
const MAX_LENGTH = 256;

/**
 * Project and agent of a container: its labels `agent-monitor.project` and `agent-monitor.agent`, else what `monitor env`
 * put into its environment. Nothing else of the environment is looked at.
 */
export function ownerOf({ Config }: Pick<InspectedContainer, 'Config'>): ContainerOwner {
  const told = resourceAttributes(Config.Env ?? []);
  const of = (key: 'project' | 'agent'): string | null => {
    const value = Config.Labels?.[`agent-monitor.${key}`] || told.get(key);
    return value ? value.slice(0, MAX_LENGTH) : null;
  };
  return { project: of('project'), agent: of('agent') };
}

/** `key=value` pairs joined by commas, values percent-encoded. */
function resourceAttributes(env: readonly string[]): Map<string, string> {
  const text = env.find((entry) => entry.startsWith(VARIABLE))?.slice(VARIABLE.length) ?? '';
  return new Map(
    text.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decode(pair.slice(at + 1).trim())];
    }),
  );
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // Written by hand, with a percent sign that means itself.
    return value;
  }
}
