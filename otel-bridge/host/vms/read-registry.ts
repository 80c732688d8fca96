import { readFileSync } from 'node:fs';
import { firstOf, numberOf, objectOf, textOf } from '../../domain/values.ts';
import type { VmInstance } from './vm-instance.ts';

const MAX_PORT = 65_535;

/** What a registry says. */
export interface RegistryReading {
  readonly instances: readonly VmInstance[];
  /** Why it, or a part of it, cannot be used; null where all of it can. */
  readonly problem: string | null;
}

/**
 * Reads the registry of OpenClaw instances that agentmon uses. Its format is not published, so it is read leniently: an
 * array of instances, an object with such an array under `instances`, or an object of instances by name. Of each:
 * `name` (`instance`, `id`), `domain` (`vm`, `vm_name`, `libvirt_domain`, `uuid`), `uri`, `host` (`hostname`), `ssh`
 * (`ssh_target`, or `user` and `ip`), `ssh_port`, `gateway_port` (`port`), `services`, `project`, `agent`. A missing file is
 * an empty registry.
 */
export function readRegistry(file: string): RegistryReading {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { instances: [], problem: null };
    const why = code === 'EISDIR' ? 'it is a folder, wanted is a JSON file' : message;
    return { instances: [], problem: `registry "${file}" cannot be read: ${why}` };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { instances: [], problem: `registry "${file}" is not JSON: ${why.slice(0, 200)}` };
  }
  return toInstances(value, `registry "${file}"`);
}

/** Instances of a parsed registry, or of `vms.instances` in settings. @param where for messages */
export function toInstances(value: unknown, where: string): RegistryReading {
  const listed = objectOf(value)?.instances ?? value;
  if (typeof listed !== 'object' || listed === null) {
    return { instances: [], problem: `${where} is neither a list nor an object of instances` };
  }
  const entries: [string | undefined, unknown][] = Array.isArray(listed)
    ? listed.map((entry) => [undefined, entry])
    : Object.entries(listed);
  const instances: VmInstance[] = [];
  const unusable: string[] = [];
  const wrong: string[] = [];
  for (const [key, entry] of entries) {
    const instance = toInstance(key, objectOf(entry), wrong);
    if (instance === null) unusable.push(key ?? JSON.stringify(entry).slice(0, 60));
    else instances.push(instance);
  }
  if (unusable.length > 0) wrong.unshift(`entries without a name: ${unusable.slice(0, 5).join(', ')}`);
  const problem = wrong.length === 0 ? null : `${where} has ${wrong.slice(0, 5).join('; ')}`;
  return { instances, problem };
}

/** @param wrong takes what of it cannot be used, in words; the rest is used */
function toInstance(
  key: string | undefined,
  entry: Record<string, unknown> | undefined,
  wrong: string[],
): VmInstance | null {
  if (entry === undefined) return null;
  const text = (...keys: string[]): string | undefined => firstOf(textOf, keys, entry);
  const name = text('name', 'instance', 'id') ?? key;
  if (name === undefined) return null;
  const address = text('ip', 'address');
  const user = text('user', 'ssh_user');
  const reached = address === undefined ? undefined : user === undefined ? address : `${user}@${address}`;
  const ssh = text('ssh', 'ssh_target') ?? reached ?? null;
  const services = Array.isArray(entry.services)
    ? entry.services.filter((each) => typeof each === 'string')
    : [];
  const port = (...keys: string[]): number | null => {
    const told = firstOf((value) => value ?? undefined, keys, entry);
    const value = numberOf(told);
    if (value !== undefined && Number.isInteger(value) && value > 0 && value <= MAX_PORT) return value;
    if (told !== undefined) {
      const found = JSON.stringify(told).slice(0, 60);
      wrong.push(`${keys[0]} ${found} at "${name}", wanted is a port from 1 to ${MAX_PORT}`);
    }
    return null;
  };
  return {
    name,
    domain: text('domain', 'libvirt_domain', 'vm', 'vm_name', 'uuid') ?? name,
    uri: text('uri', 'libvirt_uri') ?? null,
    project: text('project') ?? 'unassigned',
    agent: text('agent') ?? `openclaw@${text('host', 'hostname') ?? name}`,
    framework: text('framework') ?? 'openclaw',
    host: text('host', 'hostname') ?? name,
    ssh,
    sshPort: port('ssh_port'),
    gatewayPort: port('gateway_port', 'port'),
    services,
  };
}
