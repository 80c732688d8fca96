import { describe, expect, it } from 'vitest';
import { startBridge } from '../helpers/bridge.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const at = (ms: number): string => new Date(ms).toISOString();

describe('an openclaw.snapshot as agentmon sends it', () => {
  it('is taken, kept as it came, and shown with the session that ran in its machine', async () => {
    await using bridge = await startBridge();
    const nowMs = Date.now();
    const envelope = (type: string, ts: number, rest: object) => ({
      schema: { name: 'agentmon.event', version: 1 },
      event: {
        id: `${type}-${ts}`,
        type,
        ts: at(ts),
        source: { framework: 'openclaw', client_id: 'mon-1', host: 'zap' },
      },
      ...rest,
    });
    // What its cards show: state, CPU, memory, disk, gateway, issues. The payload's exact keys are its own.
    const payload = {
      name: 'zap [claw]',
      state: 'running',
      cpu_percent: 12.5,
      memory: { used_mb: 812, total_mb: 4096 },
      disk: { used_gb: 11, total_gb: 40, percent: 27.5 },
      gateway: { status: 'down', port: 18_789 },
      issues: ['gateway not responding'],
    };
    const events = [
      envelope('session.start', nowMs - 5000, { correlation: { session_id: 's1' }, payload: {} }),
      envelope('openclaw.snapshot', nowMs - 3000, { correlation: {}, attributes: { poll: 30 }, payload }),
      envelope('session.end', nowMs - 1000, { correlation: { session_id: 's1' }, payload: {} }),
    ];
    const response = await fetch(`${bridge.ingestUrl}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    expect([response.status, await response.json()]).toEqual([
      202,
      { accepted: 3, duplicates: 0, rejected: [] },
    ]);
    const ui = `http://127.0.0.1:${bridge.config.ports.ui}`;
    const kept = await (await fetch(`${ui}/v1/events?event_type=openclaw.snapshot`)).json();
    expect(kept).toMatchObject({ events: [{ attributes: { poll: 30 }, payload }] });
    const titles = await waitUntil(
      async () => {
        const answer = await fetch(`${ui}/v1/sessions/s1/timeline`);
        const { timeline = [] } = (await answer.json()) as { timeline?: { kind: string; title: string }[] };
        return timeline.map(({ kind, title }) => `${kind} ${title}`);
      },
      (told) => told.length === 3,
    );
    expect(titles).toEqual([
      'session Session started',
      'vm zap [claw]: running, gateway down, gateway not responding',
      'session Session ended',
    ]);
  });
});
