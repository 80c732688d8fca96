import type { ComposeService } from '../compose-file.ts';
import { HARDENED, healthcheck } from '../hardening.ts';
import type { StackPlan } from '../stack-plan.ts';
import { CONTAINER_LOGS_PROFILE } from './promtail.ts';

/** What Promtail 3.6 asks Docker for, and nothing else. */
const ALLOWED_GET = '/v1\\..{1,2}/(containers/json|containers/[0-9a-f]+/(json|logs)|networks)';

/** A proxy before Docker's socket that lets through listing containers and reading logs. */
export function socketProxyService(plan: StackPlan): ComposeService {
  return {
    ...HARDENED,
    image: plan.images['socket-proxy'],
    user: `65534:${plan.dockerGroupId}`,
    command: [
      '-loglevel=warn',
      '-listenip=0.0.0.0',
      '-allowfrom=promtail',
      '-allowhealthcheck',
      `-allowGET=${ALLOWED_GET}`,
      '-allowHEAD=/_ping',
    ],
    environment: { TZ: plan.timezone },
    volumes: [{ type: 'bind', source: plan.dockerSocket, target: '/var/run/docker.sock', read_only: true }],
    networks: { socket: null },
    healthcheck: healthcheck(['CMD', '/healthcheck']),
    profiles: [CONTAINER_LOGS_PROFILE],
    mem_limit: '48m',
    pids_limit: 64,
  };
}
