import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createEmitter } from '../../hooks/sdk/index.ts';
import { isSpooled } from '../../otel-bridge/host/spool/append-to-spool.ts';
import { startBridge } from '../helpers/bridge.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const run = promisify(execFile);
const README = readFileSync(join(import.meta.dirname, '../../hooks/sdk/README.md'), 'utf8');

/** The example of the README in that language. */
function example(language: string): string {
  const text = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(README)?.[1];
  if (text === undefined) throw new Error(`the README shows nothing in ${language}`);
  return text;
}

function isInstalled(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What the examples tell: a run with its tokens and its cost. */
const TRUTH = { runs: 1, input_tokens: 1200, output_tokens: 345, cost_micro_usd: 12_300 };

async function usageBecomes(bridge: Awaited<ReturnType<typeof startBridge>>, truth: object): Promise<void> {
  const total = await waitUntil(
    async () => ((await bridge.query('/v1/usage?by=day')) as { total: Record<string, unknown> }).total,
    (found) => Object.entries(truth).every(([name, value]) => found[name] === value),
  );
  expect(total).toMatchObject(truth);
}

describe('the SDK', () => {
  it('does what its README says', async () => {
    await using bridge = await startBridge();
    const folder = mkdtempSync(join(tmpdir(), 'agent-monitor-sdk-'));
    const source = join(folder, 'example.ts');
    const sdk = join(import.meta.dirname, '../../hooks/sdk/index.ts');
    writeFileSync(source, example('ts').replace("'agent-monitor/sdk'", JSON.stringify(sdk)));
    await run(process.execPath, [source], {
      env: { ...process.env, AGENTMON_INGEST_URL: bridge.ingestUrl, AGENT_MONITOR_HOME: folder },
    });
    await usageBecomes(bridge, { ...TRUTH, sessions: 1, tool_calls: 1, errors: 1 });
  });

  it.skipIf(!isInstalled('python3', '-c', ''))('is not needed: the README shows Python', async () => {
    await using bridge = await startBridge();
    const { stdout } = await run('python3', ['-c', example('python')], {
      env: { ...process.env, AGENTMON_INGEST_URL: bridge.ingestUrl },
    });
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 2, rejected: [] });
    await usageBecomes(bridge, TRUTH);
  });

  it.skipIf(!isInstalled('go', 'version'))('is not needed: the README shows Go', async () => {
    await using bridge = await startBridge();
    const folder = mkdtempSync(join(tmpdir(), 'agent-monitor-go-'));
    writeFileSync(join(folder, 'main.go'), example('go'));
    const { stdout } = await run('go', ['run', 'main.go'], {
      cwd: folder,
      env: { ...process.env, AGENTMON_INGEST_URL: bridge.ingestUrl },
    });
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 2, rejected: [] });
    await usageBecomes(bridge, TRUTH);
  });

  it('keeps what it tells while nobody answers, and delivers it first, in order', async () => {
    const spool = join(mkdtempSync(join(tmpdir(), 'agent-monitor-spool-')), 'events');
    const problems: string[] = [];
    const away = createEmitter({
      framework: 'my-agent',
      url: 'http://127.0.0.1:9',
      spool,
      onError: ({ message }) => problems.push(message),
    });
    const session = away.sessionStart();
    away.runStart();
    away.runEnd({ usage: { input_tokens: 10, output_tokens: 5 } });
    await away.close();
    expect(isSpooled(spool)).toBe(true);
    expect(problems).not.toEqual([]);

    await using bridge = await startBridge();
    const back = createEmitter({ framework: 'my-agent', url: bridge.ingestUrl, spool });
    back.sessionStart({ session_id: session });
    back.sessionEnd({ reason: 'exit' });
    await back.close();
    expect(isSpooled(spool)).toBe(false);
    await usageBecomes(bridge, { sessions: 1, runs: 1, input_tokens: 10, output_tokens: 5 });
    const { events } = (await bridge.query(`/v1/events?session_id=${session}`)) as {
      events: { event: { type: string } }[];
    };
    expect(events.map(({ event }) => event.type).reverse()).toEqual([
      'session.start',
      'run.start',
      'run.end',
      'session.start',
      'session.end',
    ]);
  });

  it('leaves what it kept to the bridge, which takes it in by itself', async () => {
    await using bridge = await startBridge();
    const spool = join(bridge.config.state_dir, 'spool', 'events');
    const away = createEmitter({ framework: 'my-agent', url: 'http://127.0.0.1:9', spool });
    away.runStart();
    away.runEnd({ usage: { input_tokens: 10, output_tokens: 5 } });
    await away.close();
    await usageBecomes(bridge, { runs: 1, input_tokens: 10, output_tokens: 5 });
    expect(isSpooled(spool)).toBe(false);
  });

  it('says what the bridge refuses and goes on', async () => {
    await using bridge = await startBridge();
    const problems: string[] = [];
    const emitter = createEmitter({
      framework: 'my-agent',
      url: bridge.ingestUrl,
      spool: null,
      onError: ({ message }) => problems.push(message),
    });
    emitter.emit('');
    emitter.runStart();
    emitter.runEnd();
    await emitter.close();
    expect(problems).toHaveLength(1);
    await usageBecomes(bridge, { runs: 1 });
  });
});
