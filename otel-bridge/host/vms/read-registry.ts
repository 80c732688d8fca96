import { readFileSync } from 'node:fs';
import { errorCode } from '../../domain/error.ts';
import { firstOf, numberOf, objectOf, textOf } from '../../domain/values.ts';
import type { VmInstance } from './vm-instance.ts';

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
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { instances: [], problem: null };
    return {
      instances: [],
      problem: `registry "${file}" cannot be read: ${errorCode(error) ?? String(error)}`,
    };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { instances: [], problem: `registry "${file}" is not JSON` };
  }
  return toInstances(value, `registry "${file}"`);
}

/** Instances of a parsed registry, or of `vms.instances` in settings. @param where for messages */
export function toInstances(value: unknown, where: string): RegistryReading {
  const listed = objectOf(value)?.instances ?? value;
  const entries: [string | undefined, unknown][] = Array.isArray(listed)
    ? listed.map((entry) => [undefined, entry])
    : Object.entries(objectOf(listed) ?? {});
  const instances: VmInstance[] = [];
  const unusable: string[] = [];
  for (const [key, entry] of entries) {
    const instance = toInstance(key, objectOf(entry));
    if (instance === null) unusable.push(key ?? JSON.stringify(entry).slice(0, 60));
    else instances.push(instance);
  }
  const problem =
    unusable.length === 0 ? null : `${where} has entries without a name: ${unusable.slice(0, 5).join(', ')}`;
  return { instances, problem };
}

function toInstance(key: string | undefined, entry: Record<string, unknown> | undefined): VmInstance | null {
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
  return {
    name,
    domain: text('domain', 'libvirt_domain', 'vm', 'vm_name', 'uuid') ?? name,
    uri: text('uri', 'libvirt_uri') ?? null,
    project: text('project') ?? 'unassigned',
    agent: text('agent') ?? `openclaw@${text('host', 'hostname') ?? name}`,
    framework: text('framework') ?? 'openclaw',
    host: text('host', 'hostname') ?? name,
    ssh,
    sshPort: firstOf(numberOf, ['ssh_port'], entry) ?? null,
    gatewayPort: firstOf(numberOf, ['gateway_port', 'port'], entry) ?? null,
    services,
  };
}
