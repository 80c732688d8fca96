import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { curlConfig } from '../../../cli/hooks/curl-config.ts';
import { senderScript } from '../../../cli/hooks/sender-script.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

/** Stands for the bridge: writes down what it is asked, and answers what it is told to. */
const asked: { url: string; headers: IncomingHttpHeaders; body: string }[] = [];
let answer = { status: 200, body: '' };
const bridge = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  asked.push({ url: request.url ?? '', headers: request.headers, body });
  response.writeHead(answer.status).end(answer.body);
});

let root: string;
beforeEach(async () => {
  asked.length = 0;
  await new Promise<void>((resolve) => bridge.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(bridge.address() as AddressInfo).port}`;
  root = await mkdtemp(join(tmpdir(), "sender 'script' "));
  // Stands for Node: writes down what it is called with, and waits while it is told to.
  const sender = join(root, 'sender');
  await writeFile(
    sender,
    '#!/bin/sh\nroot=$(dirname "$0")\necho "$@" >> "$root/calls"\necho "$AGENT_MONITOR_PARENT" > "$root/parent"\n[ "$2" = drain ] || cat > "$root/input"\n[ "$2" != codex ] || printf "{verdict}"\nwhile [ -e "$root/wait" ]; do sleep 0.05; done\n',
  );
  await chmod(sender, 0o755);
  await writeFile(
    join(root, 'hook.sh'),
    senderScript({
      sender: [sender, '--config'],
      spool: join(root, 'spool'),
      described: { host: "b'ox", project: 'a "b" \\' },
      url,
      curlConfig: join(root, 'hook.curl'),
    }),
  );
  await writeFile(
    join(root, 'hook.curl'),
    curlConfig({ url, token: 'to"ken', host: "b'ox", project: 'a "b" \\', agent: null }),
  );
});
afterEach(async () => {
  if (bridge.listening) await new Promise((resolve) => bridge.close(resolve));
  await rm(root, { recursive: true, force: true, maxRetries: 10 });
});

/** Fires a hook and waits until everything that the agent waits for is closed. */
function fire(
  input: string,
  words = ['codex'],
  path = process.env.PATH,
): Promise<{ output: string; exitCode: number | null }> {
  const env = { ...process.env, PATH: path, http_proxy: 'http://127.0.0.1:9' };
  const child = spawn('/bin/sh', [join(root, 'hook.sh'), ...words], { stdio: 'pipe', env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (exitCode) => resolve({ output, exitCode })));
}
const hook = (name: string, more: object = {}): string =>
  JSON.stringify({ hook_event_name: name, session_id: 's', ...more });
const QUIET = { output: '', exitCode: 0 };
const queue = async (): Promise<
  { id: string; fired: number; input: unknown; host: string; project: string }[]
> => {
  const text = await readFile(join(root, 'spool', 'queue.jsonl'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
};
const calls = (): Promise<string> => readFile(join(root, 'calls'), 'utf8').catch(() => '');

describe('the shell script of command hooks', () => {
  it('keeps a hook as it is, ends before it is delivered, and has it delivered once for all of a second', async () => {
    await writeFile(join(root, 'wait'), '');
    const odd = hook('PostToolUse', { text: 'it\'s `x` $(y) \\ "q" é\t%s %n' });
    const before = Date.now();
    // The process that delivers still runs: nothing of it may keep the agent waiting.
    expect(await fire(`${odd}\n`)).toEqual(QUIET);
    expect(await fire(JSON.stringify(JSON.parse(hook('Stop')), null, 2))).toEqual(QUIET);
    await rm(join(root, 'wait'));
    const [first, second] = await queue();
    expect(first).toMatchObject({ hook: 'codex', host: "b'ox", project: 'a "b" \\', input: JSON.parse(odd) });
    expect(second?.input).toEqual(JSON.parse(hook('Stop')));
    expect(first?.id).not.toBe(second?.id);
    expect(Math.abs((first?.fired ?? 0) - before)).toBeLessThan(60_000);
    await waitUntil(calls, (text) => text.includes('--config drain'));
    expect(await calls()).not.toContain('codex');
  });

  it.each([
    ['that begins a session', hook('SessionStart')],
    ['that is longer than one write', hook('PostToolUse', { text: 'x'.repeat(100_000) })],
    ['that is no JSON', 'what?'],
  ])('hands a hook to Node %s', async (_, input) => {
    expect(await fire(input)).toEqual({ output: '{verdict}', exitCode: 0 });
    expect(await readFile(join(root, 'input'), 'utf8')).toBe(input);
    // Sessions are found by the process that started the script.
    expect(Number(await readFile(join(root, 'parent'), 'utf8'))).toBe(process.pid);
    expect(await queue()).toEqual([]);
  });

  it('asks the bridge where the agent wants an answer, and says nothing else', async () => {
    answer = { status: 200, body: '{"verdict": "100%s \\\\ no"}' };
    const input = hook('PreToolUse', { text: 'it\'s `x` $(y) \\ "q" é %s' });
    expect(await fire(input)).toEqual({ output: answer.body, exitCode: 0 });
    expect(asked).toMatchObject([
      {
        url: '/v1/hooks/codex',
        body: input,
        headers: {
          'content-type': 'application/json',
          'x-agent-monitor-token': 'to"ken',
          'x-agent-monitor-host': encodeURIComponent("b'ox"),
          'x-agent-monitor-project': encodeURIComponent('a "b" \\'),
          'x-agent-monitor-id': expect.stringMatching(/^\d{19}-\d+$/),
          'x-agent-monitor-fired': expect.stringMatching(/^\d{13}$/),
        },
      },
    ]);
    answer = { status: 200, body: '' };
    expect(await fire(input)).toEqual(QUIET);
    expect(asked).toHaveLength(2);
    expect([await queue(), await calls()]).toEqual([[], '']);
  });

  it('keeps what was asked and not taken, and asks nobody for a while where nobody answers', async () => {
    answer = { status: 503, body: '{"error": "busy"}' };
    expect(await fire(hook('PreToolUse'))).toEqual(QUIET);
    expect([asked.length, (await queue()).length]).toEqual([1, 1]);
    expect(await readdir(join(root, 'spool'))).not.toContain('away');
    await new Promise((resolve) => bridge.close(resolve));
    expect(await fire(hook('PreToolUse'))).toEqual(QUIET);
    expect(await queue()).toHaveLength(2);
    expect(await readdir(join(root, 'spool'))).toContain('away');
  });

  it('asks once for all after a while, and everyone again as soon as somebody answers', async () => {
    const [away, asking] = ['away', 'asking'].map((name) => join(root, 'spool', name)) as [string, string];
    await mkdir(join(root, 'spool'));
    await writeFile(away, '1700000000\n');
    answer = { status: 200, body: '{verdict}' };
    await waitUntil(
      async () => {
        await writeFile(asking, `${Math.floor(Date.now() / 1000)}\n`);
        return fire(hook('PreToolUse'));
      },
      ({ output }) => output === '',
    );
    await writeFile(asking, '1700000000\n');
    expect((await fire(hook('PreToolUse'))).output).toBe('{verdict}');
    expect(existsSync(away)).toBe(false);
    expect((await fire(hook('PreToolUse'))).output).toBe('{verdict}');
  });

  it('has Node ask where there is no curl, or one that does not do as wanted', async () => {
    const bin = join(root, 'bin');
    await mkdir(bin);
    for (const tool of ['tr', 'date', 'mkdir', 'cat', 'dirname', 'sleep']) {
      const found = (process.env.PATH ?? '')
        .split(delimiter)
        .find((folder) => existsSync(join(folder, tool)));
      await symlink(join(found ?? '', tool), join(bin, tool));
    }
    expect(await fire(hook('PreToolUse'), ['codex'], bin)).toEqual({ output: '{verdict}', exitCode: 0 });
    await writeFile(join(bin, 'curl'), '#!/bin/sh\nexit 2\n', { mode: 0o755 });
    expect(await fire(hook('PreToolUse'), ['codex'], bin)).toEqual({ output: '{verdict}', exitCode: 0 });
    expect([await queue(), asked]).toEqual([[], []]);
  });

  it('hands further words on as they are', async () => {
    await fire('', ['codex', '{"type": "agent-turn-complete"}']);
    expect(await calls()).toBe('--config codex {"type": "agent-turn-complete"}\n');
  });

  it('keeps everything while nobody answers, and bothers nobody', async () => {
    await mkdir(join(root, 'spool'));
    await writeFile(join(root, 'spool', 'away'), `${Math.floor(Date.now() / 1000) + 1}\n`);
    // A clock that was set back must not keep it waiting for ever: that file is in the future.
    answer = { status: 200, body: '{verdict}' };
    expect((await fire(hook('PreToolUse'))).output).toBe('{verdict}');
    await rm(join(root, 'spool', 'asking'));
    await writeFile(join(root, 'spool', 'away'), '2026-11-21T10:00:00.000Z');
    expect((await fire(hook('PreToolUse'))).output).toBe('{verdict}');
    // As often as it takes on a machine so busy that the second is over.
    await waitUntil(
      async () => {
        await writeFile(join(root, 'spool', 'away'), `${Math.floor(Date.now() / 1000)}\n`);
        return fire(hook('PreToolUse'));
      },
      ({ output }) => output === '',
    );
    expect(await queue()).toHaveLength(1);
  });

  it('hands a hook to Node where it cannot be kept', async () => {
    await writeFile(join(root, 'spool'), 'a file');
    expect(await fire(hook('Stop'))).toEqual({ output: '{verdict}', exitCode: 0 });
  });

  it('loses and mixes nothing of many at once', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        expect(await fire(hook('PostToolUse', { n, text: 'x'.repeat(n * 50) }))).toEqual(QUIET);
      }),
    );
    const kept = await queue();
    expect(new Set(kept.map(({ id }) => id)).size).toBe(40);
    expect(kept.map(({ input }) => (input as { n: number }).n).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, n) => n),
    );
    expect(await readdir(join(root, 'spool'))).toEqual(['queue.jsonl', 'tried']);
  });
});
