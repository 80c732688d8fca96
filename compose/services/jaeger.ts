import type { ComposeService } from '../compose-file.ts';
import { configLabels, configMount, HARDENED, healthcheck, loopbackPort } from '../hardening.ts';
import type { StackPlan } from '../stack-plan.ts';

/** Jaeger 2 with Badger on a volume at /tmp: the image's own volume, which its user may write. */
export function jaegerService(plan: StackPlan): ComposeService {
  return {
    ...HARDENED,
    image: plan.images.jaeger,
    command: ['--config', '/etc/jaeger/config.yaml'],
    environment: {
      TZ: plan.timezone,
      GOMEMLIMIT: '300MiB',
      // Jaeger would trace itself, to a port that nobody listens on.
      OTEL_TRACES_SAMPLER: 'always_off',
    },
    ports: [loopbackPort('http', plan.ports.jaeger)],
    volumes: [
      configMount('jaeger.yaml', '/etc/jaeger/config.yaml'),
      { type: 'volume', source: 'jaeger', target: '/tmp' },
    ],
    networks: { stack: null },
    healthcheck: healthcheck([
      'CMD-SHELL',
      'wget --no-verbose --tries=1 --spider http://localhost:13133/status || exit 1',
    ]),
    labels: configLabels(plan, 'jaeger'),
    mem_limit: '400m',
    pids_limit: 256,
    stop_grace_period: '20s',
  };
}
