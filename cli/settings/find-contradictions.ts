import type { SettingsPath } from './layer.ts';
import type { Settings } from './schema.ts';

/** Two settings that do not go together. */
export interface Contradiction {
  /** One of them, to point at. */
  readonly path: SettingsPath;
  readonly text: string;
}

/** Names under which a program on this machine, or in the stack, reaches us. */
const OWN_NAMES = new Set([
  'localhost',
  '127.0.0.1',
  '[::1]',
  '0.0.0.0',
  '[::]',
  'agent-monitor',
  'host.docker.internal',
]);

/** Names under which the bridge keeps its own records; a target of that name would share their place. */
const RESERVED_TARGETS = ['collector', 'projection'];

/** What no single value shows: two ports with one number, a target that is ourselves, an address of one signal alone. */
export function findContradictions(settings: Settings): readonly Contradiction[] {
  return [findSharedPorts, findOwnTargets, findReservedTargets, findSignalPaths].flatMap((find) =>
    find(settings),
  );
}

function findSharedPorts({ ports }: Settings): readonly Contradiction[] {
  const byNumber = Map.groupBy(Object.entries(ports), ([, number]) => number);
  return [...byNumber.entries()]
    .filter(([, users]) => users.length > 1)
    .map(([number, users]) => {
      const names = users.map(([name]) => `ports.${name}`);
      return {
        path: ['ports', users.at(-1)?.[0] ?? ''],
        text: `${names.join(' and ')} are both ${number}, expected different ports`,
      };
    });
}

function findReservedTargets({ targets }: Settings): readonly Contradiction[] {
  return RESERVED_TARGETS.filter((name) => name in targets).map((name) => ({
    path: ['targets', name],
    text: `targets.${name} has a name that the stack uses itself, expected another one`,
  }));
}

/** What the bridge sends to itself it would send again, for ever. */
function findOwnTargets({ targets, ports, listen }: Settings): readonly Contradiction[] {
  const own: ReadonlySet<number> = new Set([ports.otlp_http, ports.otlp_grpc, ports.ingest, ports.ui]);
  return Object.entries(targets).flatMap(([name, { endpoint }]) => {
    const { hostname, port } = new URL(endpoint);
    const isOwn = (OWN_NAMES.has(hostname) || listen.includes(hostname)) && own.has(Number(port));
    if (!isOwn) return [];
    const text = `targets.${name}.endpoint is "${endpoint}", which is agent-monitor itself, expected another service`;
    return [{ path: ['targets', name, 'endpoint'], text }];
  });
}

/** The path of a signal is appended: with it the address would have it twice, and nothing would be there. */
function findSignalPaths({ targets }: Settings): readonly Contradiction[] {
  return Object.entries(targets).flatMap(([name, { endpoint }]) => {
    const found = /\/v1\/(?:logs|metrics|traces)\/?$/.exec(endpoint);
    if (found === null) return [];
    const text = `targets.${name}.endpoint is "${endpoint}", expected it without the path of a signal, which is appended: ${endpoint.slice(0, found.index)}`;
    return [{ path: ['targets', name, 'endpoint'], text }];
  });
}
