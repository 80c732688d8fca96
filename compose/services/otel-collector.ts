import type { ComposeService } from '../compose-file.ts';
import { configLabels, configMount, HARDENED, loopbackPort } from '../hardening.ts';
import type { StackPlan } from '../stack-plan.ts';

/** Memory of the Collector: the container's limit, Go's soft limit, and where it begins to refuse, MiB. */
export const COLLECTOR_MEMORY = { containerMib: 256, goMib: 200, limitMib: 200, spikeMib: 50 } as const;

/**
 * The Collector, behind the bridge; no agent reaches it.
 * Its image has neither a shell nor a program that could ask it, so there is no health check: `monitor` asks the
 * published health port.
 */
export function otelCollectorService(plan: StackPlan): ComposeService {
  return {
    ...HARDENED,
    image: plan.images['otel-collector'],
    command: ['--config', '/etc/otelcol-contrib/config.yaml'],
    environment: { TZ: plan.timezone, GOMEMLIMIT: `${COLLECTOR_MEMORY.goMib}MiB` },
    ports: [loopbackPort('health', plan.ports.collector_health)],
    volumes: [configMount('otel-config.yaml', '/etc/otelcol-contrib/config.yaml')],
    networks: { stack: null },
    depends_on: {
      prometheus: { condition: 'service_started' },
      loki: { condition: 'service_started' },
      ...(plan.parts.jaeger ? { jaeger: { condition: 'service_started' } as const } : {}),
    },
    labels: configLabels(plan, 'otel-collector'),
    mem_limit: `${COLLECTOR_MEMORY.containerMib}m`,
    pids_limit: 128,
  };
}
