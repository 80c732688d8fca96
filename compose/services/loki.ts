import type { ComposeService } from '../compose-file.ts';
import { configLabels, configMount, HARDENED, healthcheck, loopbackPort } from '../hardening.ts';
import type { StackPlan } from '../stack-plan.ts';

/** Loki, one process. The image has no shell; the program asks itself. */
export function lokiService(plan: StackPlan): ComposeService {
  const port = plan.ports.loki;
  return {
    ...HARDENED,
    image: plan.images.loki,
    command: ['-config.file=/etc/loki/config.yaml'],
    environment: { TZ: plan.timezone, GOMEMLIMIT: '480MiB' },
    ports: [loopbackPort('http', port)],
    volumes: [
      configMount('loki.yaml', '/etc/loki/config.yaml'),
      // "fake" is what Loki calls its one tenant.
      configMount('rules/logs.yaml', '/etc/loki/rules/fake/agent-monitor.yaml'),
      { type: 'volume', source: 'loki', target: '/loki' },
    ],
    networks: { stack: null },
    healthcheck: healthcheck([
      'CMD',
      '/usr/bin/loki',
      '-health',
      `-health.url=http://localhost:${port}/ready`,
    ]),
    labels: configLabels(plan, 'loki'),
    mem_limit: '640m',
    pids_limit: 256,
    stop_grace_period: '30s',
  };
}
