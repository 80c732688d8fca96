import { setTimeout as delay } from 'node:timers/promises';
import { type WrittenHome, writeAgentHome } from '../../helpers/agent-home/write-agent-home.ts';
import { createMonitorHome, type MonitorHome } from '../../helpers/monitor.ts';
import type { BenchContext, Benchmark } from '../benchmark.ts';
import { findProcesses, readMemory } from '../measure/processes.ts';
import { spreadOf } from '../measure/statistics.ts';

const GIGABYTE = 1e9;
const DAY_MS = 86_400_000;
/** As often as somebody looks who is impatient. */
const POLL_MS = 500;
const LIVE_INTERVAL_MS = 50;
const TIMEOUT_MS = 300_000;

/** How soon a new user sees what a month of work cost: `monitor up` on a home full of transcripts of four agents. */
export const transcripts: Benchmark = {
  name: 'transcripts',
  async run(context) {
    // A short run reads less, and says so.
    const bytes = context.settings.long ? GIGABYTE : GIGABYTE / 4;
    const seen = await upOnFullHome(context, bytes);
    const megabytes = `${Math.round(seen.written.bytes / 1e6)} MB of transcripts`;
    const { calls, weekCalls } = seen;
    return [
      {
        what: `\`monitor up\` on ${megabytes}: cost by day of the newest week, page and usage`,
        value: spreadOf([seen.weekSeconds]),
        unit: ' s',
        bound: { of: 'value', better: 'lower', atLeast: 20 },
        note: `${seen.written.files} transcripts of four agents over 30 days, ${weekCalls} of ${calls} model calls in the newest week; every day exact; then \`monitor usage\` took ${Math.round(seen.usageMs)} ms`,
      },
      {
        what: `the same: all of it, every day exact`,
        value: spreadOf([seen.allSeconds]),
        unit: ' s',
        bound: { of: 'value', better: 'lower', atLeast: 120 },
      },
      {
        what: `the same: time until an event that came meanwhile is on disk and acknowledged, 99th percentile`,
        value: spreadOf([percentile(seen.liveMs, 0.99)]),
        unit: ' ms',
        note: `${seen.liveMs.length} events, one every ${LIVE_INTERVAL_MS} ms, none refused; median ${percentile(seen.liveMs, 0.5).toFixed(1)} ms, worst ${percentile(seen.liveMs, 1).toFixed(0)} ms`,
      },
      {
        what: `the same: memory of the bridge meanwhile`,
        value: spreadOf(seen.memoryMib),
        unit: ' MiB',
        note: `${Math.round(seen.lateMib)} MiB on average in the last quarter of the time, ${Math.round(seen.earlyMib)} MiB in the second`,
      },
    ];
  },
};

interface Seen {
  readonly written: WrittenHome;
  readonly calls: number;
  readonly weekCalls: number;
  readonly weekSeconds: number;
  readonly allSeconds: number;
  readonly usageMs: number;
  /** How long each event took that was sent meanwhile, as a hook sends it. */
  readonly liveMs: readonly number[];
  readonly memoryMib: readonly number[];
  readonly earlyMib: number;
  readonly lateMib: number;
}

async function upOnFullHome({ program, folder, progress }: BenchContext, bytes: number): Promise<Seen> {
  await using home = await createMonitorHome({ program: program.monitor }, folder);
  const nowMs = Date.now();
  const written = writeAgentHome(home.home, { bytes, nowMs });
  const week = new Date(nowMs - 6 * DAY_MS).toISOString().slice(0, 10);
  const truth = new Map([...written.days].map(([day, { input, output }]) => [day, `${input} ${output}`]));
  const inWeek = [...truth].filter(([day]) => (day.split(' ')[1] ?? '') >= week);
  const count = (days: Iterable<string>): number =>
    [...days].reduce((sum, day) => sum + (written.days.get(day)?.calls ?? 0), 0);

  const startedMs = performance.now();
  const seconds = (): number => (performance.now() - startedMs) / 1000;
  const up = home.run(['up', '--runtime', 'embedded', '--json']);
  const memoryMib: number[] = [];
  const waitFor = async (wanted: readonly (readonly [string, string])[]): Promise<number> => {
    for (;;) {
      const found = await usageByDay(home);
      const pids = findProcesses(home.home);
      memoryMib.push(pids.reduce((sum, pid) => sum + (memoryOf(pid) ?? 0), 0));
      if (wanted.every(([day, figures]) => found.get(day) === figures)) return seconds();
      if (seconds() * 1000 > TIMEOUT_MS) {
        const [missing] = wanted.filter(([day, figures]) => found.get(day) !== figures);
        throw new Error(
          `After ${TIMEOUT_MS / 1000} s ${missing?.[0]} is ${found.get(missing?.[0] ?? '')} instead of ${missing?.[1]}`,
        );
      }
      await delay(POLL_MS);
    }
  };
  const live = sendLiveEvents(home);
  const weekSeconds = await waitFor(inWeek);
  const usage = await home.run(['usage', '--by', 'day']);
  if (usage.exitCode !== 0) throw new Error(`monitor usage: ${usage.stderr}`);
  progress(`the newest week after ${weekSeconds.toFixed(1)} s`);
  const allSeconds = await waitFor([...truth]);
  const liveMs = await live.stop();
  const finished = await up;
  if (finished.exitCode !== 0) throw new Error(`monitor up: ${finished.stderr}`);
  const quarter = Math.floor(memoryMib.length / 4);
  return {
    written,
    calls: count(truth.keys()),
    weekCalls: count(inWeek.map(([day]) => day)),
    weekSeconds,
    allSeconds,
    usageMs: usage.durationMs,
    liveMs,
    memoryMib,
    earlyMib: mean(memoryMib.slice(quarter, 2 * quarter)),
    lateMib: mean(memoryMib.slice(-quarter)),
  };
}

/** Sends an event now and then, from when the bridge is ready on. @throws where one is refused */
function sendLiveEvents({ ports }: MonitorHome): { stop(): Promise<number[]> } {
  const tookMs: number[] = [];
  let running = true;
  const isReady = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${ports.ingest}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const send = async (): Promise<void> => {
    while (running && !(await isReady())) await delay(LIVE_INTERVAL_MS);
    while (running) {
      const startedMs = performance.now();
      const response = await fetch(`http://127.0.0.1:${ports.ingest}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(liveEvent(tookMs.length)),
      });
      if (!response.ok) throw new Error(`An event was refused: ${response.status} ${await response.text()}`);
      await response.body?.cancel();
      tookMs.push(performance.now() - startedMs);
      await delay(LIVE_INTERVAL_MS);
    }
  };
  const sent = send();
  // Whoever stops it reads of its end.
  sent.catch(() => undefined);
  return {
    async stop() {
      running = false;
      await sent;
      return tookMs;
    },
  };
}

function liveEvent(number: number): object {
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: `live-${number}`,
      type: 'span.end',
      ts: new Date().toISOString(),
      source: { framework: 'live', client_id: 'bench', host: 'bench' },
    },
    correlation: { session_id: 'live', run_id: 'live-1', span_id: `live-${number}` },
    attributes: {},
    payload: { kind: 'tool', tool_name: 'Bash', status: 'success' },
  };
}

/** @param part 0.99: 99 % took no longer */
function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Tokens in and out by `<framework> <day>`, as the page reads them; nothing before it answers. */
async function usageByDay({ ports }: MonitorHome): Promise<ReadonlyMap<string, string>> {
  try {
    const response = await fetch(`http://127.0.0.1:${ports.ui}/v1/usage?by=day,framework&since=40d`);
    const { rows } = (await response.json()) as { rows: readonly UsageRow[] };
    return new Map(
      rows.map(({ key, input_tokens, output_tokens }) => [
        `${key.framework} ${key.day}`,
        `${input_tokens} ${output_tokens}`,
      ]),
    );
  } catch {
    // Not listening yet.
    return new Map();
  }
}

interface UsageRow {
  readonly key: { readonly day: string; readonly framework: string };
  readonly input_tokens: number;
  readonly output_tokens: number;
}

/** Null for a process that has just ended. */
function memoryOf(pid: number): number | null {
  try {
    return readMemory(pid).rssMib;
  } catch {
    return null;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
