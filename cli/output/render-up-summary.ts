import type { UpReport } from '../runtime.ts';
import type { HomePaths } from '../settings/paths.ts';
import type { PreparedInstallation } from '../stack/prepare-installation.ts';
import { projectName } from '../stack/stack-names.ts';
import { stackUrls } from '../stack/stack-urls.ts';

/** What the summary of `up` tells. */
export interface UpSummary {
  readonly prepared: PreparedInstallation;
  readonly report: UpReport;
  readonly seconds: number;
  /** What became of history, in one line; null where nothing is known. */
  readonly history: string | null;
  /** What agents cost, in one line; null where nothing is known. */
  readonly cost: string | null;
  readonly paths: HomePaths;
}

/** Addresses, what is kept where and for how long, history, the next step. */
export function renderUpSummary({ prepared, report, seconds, history, cost, paths }: UpSummary): string {
  const { settings } = prepared.loaded;
  const { runtime } = prepared.installation;
  const urls = stackUrls(settings, runtime);
  const { retention } = settings;
  const rows: readonly (readonly [string, string | null])[] = [
    ['page', urls.ui],
    ['telemetry', `${urls.otlp_http} (OTLP/HTTP), ${urls.otlp_grpc} (OTLP/gRPC)`],
    ['events', urls.ingest],
    [
      'grafana',
      urls.grafana === null ? null : `${urls.grafana} (user admin, password in ${paths.grafanaPasswordFile})`,
    ],
    ['prometheus', urls.prometheus],
    ['loki', urls.loki],
    ['jaeger', urls.jaeger],
    ['journal', `${paths.bridgeDir}, events kept ${retention.journal.text}`],
    [
      'stores',
      runtime === 'docker'
        ? `volumes ${projectName(paths)}-*: metrics ${retention.metrics.text}, logs ${retention.logs.text}, traces ${retention.traces.text}`
        : null,
    ],
    ['history', history],
    ['cost', cost],
  ];
  const shown = rows.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(11)} ${value}`]));
  const head = report.alreadyRunning ? 'running already' : `ready in ${seconds.toFixed(1)} s`;
  return [head, ...shown, 'next: monitor env claude-code'].join('\n');
}
