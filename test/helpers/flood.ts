/**
 * A sender that goes on however it is answered, as a process of its own so that nothing else has to wait for it. Started
 * with the options as JSON in its first argument; prints what became of the requests as JSON and ends.
 */
import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What is sent, where to, and how fast. */
export interface FloodOptions {
  readonly url: string;
  readonly connections: number;
  /** Events of one request. */
  readonly batch: number;
  /** Requests a second; null = each connection sends its next one as soon as the last was answered. */
  readonly requestsPerSecond: number | null;
  readonly durationMs: number;
  /** Distinguishes the ids of two floods on one bridge. Four letters. */
  readonly name: string;
}

/** What became of it. */
export interface FloodResult {
  readonly requests: number;
  readonly durationMs: number;
  /** Answers by status; 0 = the connection broke. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Refusals without Retry-After. */
  readonly withoutRetryAfter: number;
  /** Milliseconds to the refusals, rising. */
  readonly refusalMs: readonly number[];
  /** Numbers of the requests that were accepted: their events are `<name>-<number>-<place>`. */
  readonly accepted: readonly number[];
}

/** Floods from another process. */
export function flood(options: FloodOptions): Promise<FloodResult> {
  const child = spawn(process.execPath, [import.meta.filename, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output) as FloodResult);
      else reject(new Error(`The flood ended with code ${code}`));
    });
  });
}

const NUMBER_WIDTH = 8;
const PLACEHOLDER = '#'.repeat(NUMBER_WIDTH);

/** A body, and where the number of the request stands in it. */
function makeTemplate({ name, batch }: FloodOptions): { body: Buffer; places: readonly number[] } {
  const envelopes = Array.from({ length: batch }, (_, place) => ({
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: `${name}-${PLACEHOLDER}-${place}`,
      type: 'span.end',
      ts: new Date().toISOString(),
      source: { framework: 'openclaw', client_id: 'flood', host: 'box' },
    },
    correlation: {
      session_id: `${name}-session`,
      run_id: `run-${place % 7}`,
      span_id: `${PLACEHOLDER}-${place}`,
    },
    attributes: { project: 'flood', agent: 'greedy' },
    payload: { tool_name: 'exec', status: 'success', duration_ms: 20 },
  }));
  const body = Buffer.from(JSON.stringify(envelopes));
  const places: number[] = [];
  for (let at = body.indexOf(PLACEHOLDER); at >= 0; at = body.indexOf(PLACEHOLDER, at + 1)) places.push(at);
  return { body, places };
}

async function run(options: FloodOptions): Promise<FloodResult> {
  const { url, connections, requestsPerSecond, durationMs } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { body, places } = makeTemplate(options);
  const statuses: Record<string, number> = {};
  const refusalMs: number[] = [];
  const accepted: number[] = [];
  let withoutRetryAfter = 0;
  let next = 0;
  const startMs = performance.now();

  const post = (number: number): Promise<void> => {
    const own = Buffer.from(body);
    const text = String(number).padStart(NUMBER_WIDTH, '0');
    for (const place of places) own.write(text, place, 'latin1');
    const sentMs = performance.now();
    return new Promise((resolve) => {
      const settle = (status: number, retryAfter?: string): void => {
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status === 202) accepted.push(number);
        if (status === 503 || status === 429) {
          refusalMs.push(performance.now() - sentMs);
          if (retryAfter === undefined) withoutRetryAfter += 1;
        }
        resolve();
      };
      const headers = { 'content-type': 'application/json', 'content-length': own.length };
      const outgoing = request(`${url}/v1/events`, { method: 'POST', agent, headers }, (response) => {
        response.resume();
        response.once('end', () => settle(response.statusCode ?? 0, response.headers['retry-after']));
        response.once('error', () => settle(0));
      });
      outgoing.once('error', () => settle(0));
      outgoing.end(own);
    });
  };

  const isOver = (): boolean => performance.now() - startMs > durationMs;
  const runConnection = async (): Promise<void> => {
    while (!isOver()) {
      const dueMs = requestsPerSecond === null ? 0 : startMs + (next / requestsPerSecond) * 1000;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await delay(Math.min(waitMs, 50));
      else await post(next++);
    }
  };
  await Promise.all(Array.from({ length: connections }, runConnection));
  agent.destroy();
  return {
    requests: next,
    durationMs: performance.now() - startMs,
    statuses,
    withoutRetryAfter,
    refusalMs: refusalMs.sort((a, b) => a - b),
    accepted,
  };
}

if (import.meta.main) {
  const [, , options = '{}'] = process.argv;
  process.stdout.write(JSON.stringify(await run(JSON.parse(options) as FloodOptions)));
}
