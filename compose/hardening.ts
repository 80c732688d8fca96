import type { ComposeService, Healthcheck, PublishedPort } from './compose-file.ts';
import type { StackPlan } from './stack-plan.ts';

/** What every service has: no privilege, nothing to write to but its volumes, bounded logs, started again when it dies. */
export const HARDENED = {
  restart: 'unless-stopped',
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
} as const satisfies Partial<ComposeService>;

/** How often a container is asked whether it is well. `monitor up` does not wait for these: it asks by itself. */
const HEALTH_INTERVAL = '30s';

/** A health check with the stack's timing. */
export function healthcheck(test: readonly string[], startPeriod = '60s'): Healthcheck {
  return { test, interval: HEALTH_INTERVAL, timeout: '10s', retries: 3, start_period: startPeriod };
}

/** A port published on this machine's loopback alone. */
export function loopbackPort(name: string, port: number): PublishedPort {
  return { name, target: port, published: String(port), host_ip: '127.0.0.1', protocol: 'tcp' };
}

/** A port published on every address that the settings listen on. */
export function listenPorts({ listen }: StackPlan, name: string, port: number): readonly PublishedPort[] {
  return listen.map((address) => ({ ...loopbackPort(name, port), host_ip: address }));
}

/** A file of the stack's folder, mounted read-only. */
export function configMount(file: string, target: string) {
  return {
    type: 'bind',
    source: `./${file}`,
    target,
    read_only: true,
    bind: { create_host_path: false },
  } as const;
}

/** Label that carries the hash of what is mounted. */
export function configLabels({ configHashes }: StackPlan, name: keyof StackPlan['configHashes']) {
  return { 'agent-monitor.config': configHashes[name] ?? 'none' };
}
