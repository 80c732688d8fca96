import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CliError, exitCodeOf } from '../../../cli/errors.ts';
import { loadSettings } from '../../../cli/settings/load-settings.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/config');

/** What each file is answered with: the problems after `Cannot read settings "FILE": `, the first one leading. */
const PROBLEMS: Readonly<Record<string, readonly string[]>> = {
  address: ['line 1: listen.1 is "localhost", expected an IP address such as 127.0.0.1'],
  branch: ['line 1: ports is 3000, expected keys with values'],
  choice: ['line 1: runtime is "podman", expected one of auto, docker, embedded'],
  duration: ['line 2: retention.journal is "90x", expected a duration such as 30s, 10m, 24h or 30d'],
  'duration-number': [
    'line 1: telemetry.metric_interval is 10, expected a duration such as 30s, 10m, 24h or 30d',
  ],
  flag: ['line 1: privacy.prompts is "yes", expected true or false'],
  image: ['line 1: "images.lokki" is no setting, did you mean "images.loki"?'],
  list: ['found a list, expected keys with values'],
  'missing-in-list': ['line 2: projects.0.project is missing, expected text'],
  network: [
    'line 1: allow_unauthenticated_from.0 is "10.0.0.0/99", expected a network such as 10.0.0.0/8, an address, or gateway',
  ],
  'nothing-near': ['line 1: "parts.zookeeper" is no setting, known here: grafana, jaeger, promtail'],
  notify: [
    'line 1: notify.0 is {"mail":"me@example.com"}, expected webhook: URL, command: TEXT or desktop: true',
  ],
  'own-target': [
    'line 3: targets.loop.endpoint is "http://localhost:4318", which is agent-monitor itself, expected another service',
  ],
  'port-range': ['line 1: ports.loki is 70000, expected a port, a whole number from 1 to 65535'],
  'port-text': ['line 2: ports.ui is "http", expected a port, a whole number from 1 to 65535'],
  'same-port': ['line 1: ports.ingest and ports.ui are both 9000, expected different ports'],
  several: [
    'line 1: "privcy" is no setting, did you mean "privacy"?',
    'line 3: ports.ui is 0, expected a port, a whole number from 1 to 65535',
    'line 4: "ports.jager" is no setting, did you mean "ports.jaeger"?',
  ],
  size: ['line 1: retention.journal_size is "big", expected a size such as 500MB, 10GB or 2GiB'],
  syntax: ['line 3: All mapping items must start at the same column'],
  target: [
    'line 2: targets.cloud.endpoint is "otlp.example.com", expected a URL such as https://otlp.example.com',
  ],
  'target-path': [
    'line 3: targets.cloud.endpoint is "https://otlp.example.com/v1/logs", expected it without the path of a signal, which is appended: https://otlp.example.com',
  ],
  threshold: [
    'line 3: "alerts.thresholds.stuck_minuts" is no setting, did you mean "alerts.thresholds.stuck_minutes"?',
    'line 4: alerts.thresholds.context_share is "full", expected a number from 0 up, or null',
  ],
  timezone: ['line 1: timezone is "Europe/Berlln", expected host or a time zone such as Europe/Berlin'],
  twice: ['line 3: Map keys must be unique'],
  'unknown-in-list': ['line 3: "projects.0.match.cdw" is no setting, did you mean "projects.0.match.cwd"?'],
  'unknown-key': ['line 2: "ports.grafanna" is no setting, did you mean "ports.grafana"?'],
  'unknown-top-key': ['line 3: "prvacy" is no setting, did you mean "privacy"?'],
  'wrong-level': ['line 2: "otlp_http" is no setting, did you mean "ports.otlp_http"?'],
};

async function failureOf(file: string): Promise<CliError> {
  const error: unknown = await loadSettings({ file, env: {} }).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof CliError) return error;
  throw new Error(`"${file}" was not refused as it should be: ${String(error)}`);
}

describe('settings that are wrong', () => {
  it.each(Object.entries(PROBLEMS))('%s names line, key and what is wanted', async (name, problems) => {
    const file = join(FOLDER, `${name}.bad.yaml`);
    const error = await failureOf(file);
    expect([error.message, ...error.details]).toEqual([
      `Cannot read settings "${file}": ${problems[0]}`,
      ...problems.slice(1),
    ]);
    expect(exitCodeOf(error.code)).toBe(2);
  });

  it('are all in the table above', () => {
    const names = readdirSync(FOLDER).map((file) => file.replace(/\.bad\.yaml$/, ''));
    expect(names.toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
  });
});
