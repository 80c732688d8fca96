import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { toNotice } from '../../../../otel-bridge/host/notify/notice.ts';
import { createNotifier } from '../../../../otel-bridge/host/notify/notifier.ts';
import { makeEvent } from '../../../helpers/make-event.ts';

function notice(rule: string, sessionId = 's1', reason = 'too much') {
  const made = toNotice(
    makeEvent({
      type: 'guardrail.violation',
      correlation: { sessionId },
      payload: { rule, action: 'observed', reason },
    }),
  );
  if (made === null) throw new Error('a violation is notified');
  return made;
}

/** A command that writes its two arguments, a line each, to a file. */
function recorder() {
  const file = join(mkdtempSync(join(tmpdir(), 'agent-monitor-notify-')), 'told');
  return {
    command: `write() { printf '%s|%s\\n' "$1" "$2" >> '${file}'; }; write`,
    lines: () => readFileSync(file, 'utf8').trim().split('\n'),
  };
}

const log = { warn: (_: object, message: string) => expect.fail(message) };

describe('the notifier', () => {
  it('tells a command that reads the same, and does not let it wait for more', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'agent-monitor-notify-')), 'told');
    const command = `read_all() { cat > '${file}'; }; read_all`;
    await createNotifier({ targets: [{ command }], log }).tell(notice('max_duration'));
    expect(readFileSync(file, 'utf8')).toMatch(/^Guardrail .*max_duration: .*too much.*\n$/);
  });

  it('runs a command with title and text, which no shell reads', async () => {
    const { command, lines } = recorder();
    await createNotifier({ targets: [{ command }], log }).tell(
      notice('max_duration', 's1', '$(touch /tmp/x) `id`'),
    );
    expect(lines()).toEqual([
      'Guardrail observed: max_duration|openclaw on zap: $(touch /tmp/x) `id` (session s1)',
    ]);
  });

  it('posts JSON to a webhook', async () => {
    const bodies: unknown[] = [];
    const server = createServer(async (request, response) => {
      bodies.push(await json(request));
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
    await createNotifier({ targets: [{ webhook }], log }).tell(notice('deny.paths'));
    server.close();
    expect(bodies).toMatchObject([
      {
        text: expect.stringContaining('deny.paths'),
        rule: 'deny.paths',
        session_id: 's1',
        action: 'observed',
      },
    ]);
  });

  it('tells a subject once an hour', async () => {
    const { command, lines } = recorder();
    let nowMs = 0;
    const notifier = createNotifier({ targets: [{ command }], log, now: () => nowMs });
    await notifier.tell(notice('max_duration'));
    await notifier.tell(notice('max_duration'));
    await notifier.tell(notice('max_duration', 's2'));
    nowMs = 3_600_000;
    await notifier.tell(notice('max_duration'));
    expect(lines()).toHaveLength(3);
  });

  it('holds back what nobody can read, and says how much that was', async () => {
    const { command, lines } = recorder();
    let nowMs = 0;
    const notifier = createNotifier({ targets: [{ command }], log, now: () => nowMs });
    for (let session = 0; session < 15; session += 1)
      await notifier.tell(notice('max_duration', `s${session}`));
    expect(lines()).toHaveLength(10);
    nowMs = 60_000;
    await notifier.tell(notice('max_duration', 'later'));
    expect(lines().at(-1)).toContain('5 more were held back');
  });

  it('logs what it could not tell, and tells it the other ways', async () => {
    const { command, lines } = recorder();
    const warned: string[] = [];
    const notifier = createNotifier({
      targets: [{ command: 'exit 3; true' }, { command }],
      log: { warn: (_, message) => warned.push(message) },
    });
    await notifier.tell(notice('max_duration'));
    expect(warned).toHaveLength(1);
    expect(lines()).toHaveLength(1);
  });
});
