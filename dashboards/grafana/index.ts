import { overview } from './overview.ts';

/**
 * Every dashboard as Grafana's provisioning reads it: file name -> JSON text. The same text on every call, so that a
 * difference between two versions is a change of a dashboard.
 */
export function buildDashboards(): Record<string, string> {
  return { 'overview.json': `${JSON.stringify(overview().build(), null, 2)}\n` };
}
