import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { coding } from './coding.ts';
import { context } from './context.ts';
import { cost } from './cost.ts';
import { egress } from './egress.ts';
import { guardrails } from './guardrails.ts';
import { machines } from './machines.ts';
import { overview } from './overview.ts';
import { sessionTimeline } from './session-timeline.ts';
import { sessions } from './sessions.ts';
import { stackHealth } from './stack-health.ts';

/** By name of the file, which ends the dashboard's uid as well. */
const DASHBOARDS: Readonly<Record<string, () => DashboardBuilder>> = {
  overview,
  sessions,
  'session-timeline': sessionTimeline,
  cost,
  coding,
  context,
  machines,
  guardrails,
  egress,
  'stack-health': stackHealth,
};

/**
 * Every dashboard as Grafana's provisioning reads it: file name -> JSON text. The same text on every call, so that a
 * difference between two versions is a change of a dashboard.
 */
export function buildDashboards(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(DASHBOARDS).map(([name, build]) => [
      `${name}.json`,
      `${JSON.stringify(build().build(), null, 2)}\n`,
    ]),
  );
}
