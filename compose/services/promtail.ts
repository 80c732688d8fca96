import type { ComposeService } from '../compose-file.ts';
import { configLabels, configMount, HARDENED, healthcheck } from '../hardening.ts';
import type { StackPlan } from '../stack-plan.ts';

/** Services of this profile start only where a container carries the label below. */
export const CONTAINER_LOGS_PROFILE = 'container-logs';

/** Label (with the value `true`) of containers whose lines are shipped. */
export const CONTAINER_LOGS_LABEL = 'agent-monitor.logs';

/** bash speaks TCP by itself; the image has no program for HTTP. */
const PROBE = [
  'exec 3<>/dev/tcp/127.0.0.1/9080',
  "printf 'GET /ready HTTP/1.0\\r\\n\\r\\n' >&3",
  'read -r line <&3',
  "[[ $$line == *' 200 '* ]]",
].join('; ');

/** Promtail, which ships the lines of labelled containers. It sees Docker through the socket proxy alone. */
export function promtailService(plan: StackPlan): ComposeService {
  return {
    ...HARDENED,
    image: plan.images.promtail,
    command: ['-config.file=/etc/promtail/config.yml'],
    environment: { TZ: plan.timezone, GOMEMLIMIT: '100MiB' },
    volumes: [
      configMount('promtail-config.yaml', '/etc/promtail/config.yml'),
      { type: 'volume', source: 'promtail', target: '/positions' },
    ],
    networks: { stack: null, socket: null },
    depends_on: {
      loki: { condition: 'service_started' },
      'socket-proxy': { condition: 'service_started' },
    },
    healthcheck: healthcheck(['CMD', 'bash', '-c', PROBE]),
    profiles: [CONTAINER_LOGS_PROFILE],
    labels: configLabels(plan, 'promtail'),
    mem_limit: '128m',
    pids_limit: 128,
  };
}
