import type { ComposeService } from '../compose-file.ts';
import { configLabels, configMount, HARDENED, healthcheck, loopbackPort } from '../hardening.ts';
import type { StackPlan } from '../stack-plan.ts';

/**
 * Grafana with provisioned data sources and dashboards. Whoever reaches it on this machine may look; changing
 * anything needs the generated password. It asks nobody outside for anything.
 */
export function grafanaService(plan: StackPlan): ComposeService {
  const port = plan.ports.grafana;
  return {
    ...HARDENED,
    image: plan.images.grafana,
    // The password's file can be read by its owner alone; the image's data folder can be written by any user.
    user: plan.user,
    environment: {
      TZ: plan.timezone,
      GF_SERVER_HTTP_PORT: String(port),
      // A page that makes its own name point here is turned away.
      GF_SERVER_DOMAIN: 'localhost',
      GF_SERVER_ENFORCE_DOMAIN: 'true',
      GF_SERVER_ROOT_URL: `http://localhost:${port}/`,
      GF_SECURITY_ADMIN_USER: 'admin',
      GF_SECURITY_ADMIN_PASSWORD__FILE: '/run/secrets/grafana-password',
      GF_SECURITY_COOKIE_SAMESITE: 'strict',
      GF_SECURITY_DISABLE_GRAVATAR: 'true',
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_USERS_ALLOW_SIGN_UP: 'false',
      GF_SNAPSHOTS_EXTERNAL_ENABLED: 'false',
      GF_NEWS_NEWS_FEED_ENABLED: 'false',
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
      // Core data sources would be replaced from grafana.com at every start, which a read-only file system breaks.
      GF_PLUGINS_PREINSTALL_DISABLED: 'true',
      GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
      GF_PLUGINS_PLUGIN_ADMIN_ENABLED: 'false',
      GF_LOG_LEVEL: 'warn',
      GF_DATE_FORMATS_DEFAULT_TIMEZONE: 'browser',
      GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: '/etc/grafana/dashboards/overview.json',
    },
    ports: [loopbackPort('http', port)],
    volumes: [
      configMount('grafana-datasources.yaml', '/etc/grafana/provisioning/datasources/agent-monitor.yaml'),
      configMount('grafana-dashboards.yaml', '/etc/grafana/provisioning/dashboards/agent-monitor.yaml'),
      configMount('dashboards', '/etc/grafana/dashboards'),
      { type: 'volume', source: 'grafana', target: '/var/lib/grafana' },
    ],
    tmpfs: ['/tmp'],
    secrets: [{ source: 'grafana-password', target: 'grafana-password' }],
    networks: { stack: null },
    healthcheck: healthcheck(
      ['CMD-SHELL', `wget --no-verbose --tries=1 --spider http://localhost:${port}/api/health || exit 1`],
      '120s',
    ),
    labels: configLabels(plan, 'grafana'),
    mem_limit: '640m',
    pids_limit: 256,
  };
}
