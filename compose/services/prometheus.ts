import type { ComposeService } from '../compose-file.ts';
import { configLabels, configMount, HARDENED, healthcheck, loopbackPort } from '../hardening.ts';
import type { StackPlan } from '../stack-plan.ts';

/** Prometheus: takes OTLP from the Collector and scrapes it. Go's memory limit follows the container's by itself. */
export function prometheusService(plan: StackPlan): ComposeService {
  const port = plan.ports.prometheus;
  return {
    ...HARDENED,
    image: plan.images.prometheus,
    command: [
      '--config.file=/etc/prometheus/prometheus.yml',
      '--storage.tsdb.path=/prometheus',
      `--web.listen-address=0.0.0.0:${port}`,
      '--web.enable-otlp-receiver',
      // Any page in a browser could read everything with the default, which allows every origin.
      '--web.cors.origin=https?://(localhost|127\\.0\\.0\\.1)(:\\d+)?',
      '--enable-feature=created-timestamp-zero-ingestion',
    ],
    environment: { TZ: plan.timezone },
    ports: [loopbackPort('http', port)],
    volumes: [
      configMount('prometheus.yaml', '/etc/prometheus/prometheus.yml'),
      // The file and not its folder, which its owner alone may enter.
      configMount('rules/agent-monitor.yaml', '/etc/prometheus/rules/agent-monitor.yaml'),
      { type: 'volume', source: 'prometheus', target: '/prometheus' },
    ],
    networks: { stack: null },
    // promtool is in the image with and without a shell.
    healthcheck: healthcheck(['CMD', '/bin/promtool', 'check', 'ready', `--url=http://localhost:${port}`]),
    labels: configLabels(plan, 'prometheus'),
    mem_limit: '640m',
    pids_limit: 256,
    stop_grace_period: '30s',
  };
}
