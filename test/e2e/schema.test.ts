import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';

let monitor: InstalledMonitor;
let home: MonitorHome;
beforeAll(async () => {
  monitor = await installMonitor();
  home = await createMonitorHome(monitor);
}, 60_000);
afterAll(async () => {
  for (const each of [home, monitor]) await each?.[Symbol.asyncDispose]();
});

test('monitor schema prints the JSON Schema of all events, or of one, with nothing running', async () => {
  const whole = await home.run(['schema']);
  expect(whole, whole.stderr).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(whole.stdout)).toMatchObject({ $schema: expect.any(String), $defs: { 'run.end': {} } });
  const one = await home.run(['schema', 'api.request', '--json']);
  expect(JSON.parse(one.stdout)).toMatchObject({
    ok: true,
    data: { type: 'api.request', example: { event: { type: 'api.request' } } },
  });
  expect((await home.run(['schema', 'no.such'])).exitCode).toBe(1);
});
