/** Senders that post numbered events at a steady rate, know what was acknowledged, and what all of it adds up to. */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { createWebSocketPoster, type PostAnswer } from './websocket-poster.ts';

/** What is sent, and how fast. */
export interface EventLoadOptions {
  /** Base URL of the ingest port. */
  readonly url: string;
  /** Events a second over all senders; Infinity = each sends its next batch as soon as the last one was answered. */
  readonly rate: number;
  readonly senders: number;
  /** Events of one request. */
  readonly batch: number;
  /** Distinguishes the ids of two loads on one bridge. */
  readonly name: string;
  /** @default http */
  readonly transport?: 'http' | 'websocket';
  /** Attributes of event n beside project and agent. @default none */
  readonly attributesOf?: (n: number) => object;
}

/** What the acknowledged events add up to. */
export interface LoadSums {
  readonly tokens: number;
  readonly runs: number;
  readonly toolCalls: number;
}

/** Events that are being sent. */
export interface EventLoad {
  /** Answers by status; 0 = the connection broke. */
  readonly statuses: Map<number, number>;
  /** Statuses 503 and 429 that came without Retry-After. */
  readonly withoutRetryAfter: () => number;
  /** Milliseconds from request to answer of the refusals. */
  readonly refusalMs: number[];
  /** Milliseconds from the first request to the acknowledgement of each batch. */
  readonly acceptedMs: number[];
  /** Numbers of the acknowledged events, in order of the acknowledgement. */
  readonly acknowledged: number[];
  /** How many sessions they belong to, once there are that many events. */
  readonly sessions: number;
  sums(): LoadSums;
  /** Sends nothing new, sends again what was not acknowledged, and resolves when all is. */
  finish(): Promise<void>;
  /** Ends at once; what is under way stays unknown. */
  stop(): void;
}

const SESSIONS = 40;
const AGENTS = 3;
const TOOL_EVERY = 4;

/** Name of the agent whose event that is: all of a session are of one agent. */
export function agentOf(n: number): string {
  return `agent-${(n % SESSIONS) % AGENTS}`;
}

/** Id of an event of a load. */
export function eventId(name: string, n: number): string {
  return `${name}-${n}`;
}

/** Number of an event by its id; null for an event of another load. */
export function eventNumber(name: string, id: string): number | null {
  return id.startsWith(`${name}-`) ? Number(id.slice(name.length + 1)) : null;
}

/** Every fourth event is a tool call, the others are runs that used 1 to 7 tokens. */
function envelope({ name, attributesOf }: EventLoadOptions, n: number): object {
  const isTool = n % TOOL_EVERY === 0;
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: eventId(name, n),
      type: isTool ? 'span.end' : 'run.end',
      ts: new Date().toISOString(),
      source: { framework: 'openclaw', client_id: 'load', host: 'box' },
    },
    correlation: {
      session_id: `${name}-session-${n % SESSIONS}`,
      run_id: `${name}-run-${n}`,
      ...(isTool ? { span_id: `${name}-span-${n}` } : {}),
    },
    attributes: { project: 'load', agent: agentOf(n), ...attributesOf?.(n) },
    payload: isTool
      ? { tool_name: 'exec', status: 'success', duration_ms: 20 }
      : { status: 'success', duration_ms: 1500, usage: { input_tokens: 1 + (n % 7) } },
  };
}

/** Starts to send. A batch that is refused is sent again after the time that the answer names, as a sender with a spool would. */
export function startEventLoad(options: EventLoadOptions): EventLoad {
  const { url, rate, senders, batch } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const statuses = new Map<number, number>();
  const acknowledged: number[] = [];
  const refusalMs: number[] = [];
  const acceptedMs: number[] = [];
  let withoutRetryAfter = 0;
  let next = 0;
  let isFinishing = false;
  let isStopped = false;
  const startMs = performance.now();

  const postHttp = (body: string): Promise<PostAnswer> =>
    new Promise((resolve) => {
      const settle = (status: number, retryAfter?: string): void =>
        resolve({ status, retryAfterMs: retryAfter === undefined ? null : Number(retryAfter) * 1000 });
      const outgoing = request(
        `${url}/v1/events`,
        { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
        (response) => {
          response.resume();
          response.once('end', () => settle(response.statusCode ?? 0, response.headers['retry-after']));
          response.once('error', () => settle(0));
        },
      );
      outgoing.once('error', () => settle(0));
      outgoing.end(body);
    });

  type Post = (body: string) => Promise<PostAnswer>;
  const posters = Array.from({ length: senders }, () =>
    options.transport === 'websocket'
      ? createWebSocketPoster(url)
      : { post: postHttp, close: () => undefined },
  );
  const note = ({ status, retryAfterMs }: PostAnswer, sentMs: number): void => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status !== 503 && status !== 429) return;
    refusalMs.push(performance.now() - sentMs);
    if (retryAfterMs === null) withoutRetryAfter += 1;
  };

  const send = async (post: Post, numbers: readonly number[]): Promise<void> => {
    const body = JSON.stringify(numbers.map((n) => envelope(options, n)));
    const beganMs = performance.now();
    while (!isStopped) {
      const sentMs = performance.now();
      const answer = await post(body);
      note(answer, sentMs);
      const { status, retryAfterMs } = answer;
      if (status === 202) {
        acknowledged.push(...numbers);
        acceptedMs.push(performance.now() - beganMs);
        return;
      }
      if (status !== 0 && status !== 503 && status !== 429)
        throw new Error(`The bridge answered ${status} to events of the load`);
      await delay(retryAfterMs ?? 100);
    }
  };

  const runSender = async ({ post }: { readonly post: Post }): Promise<void> => {
    while (!isFinishing && !isStopped) {
      const dueMs = rate === Number.POSITIVE_INFINITY ? 0 : startMs + (next / rate) * 1000;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) {
        await delay(waitMs);
        continue;
      }
      const first = next;
      next += batch;
      await send(
        post,
        Array.from({ length: batch }, (_, i) => first + i),
      );
    }
  };

  const close = (): void => {
    agent.destroy();
    for (const poster of posters) poster.close();
  };
  const running = Promise.all(posters.map(runSender));
  // Awaited by finish(); a test that ends before that has failed for another reason.
  running.catch(() => undefined);
  return {
    statuses,
    withoutRetryAfter: () => withoutRetryAfter,
    refusalMs,
    acceptedMs,
    acknowledged,
    sessions: SESSIONS,
    sums() {
      let tokens = 0;
      let toolCalls = 0;
      for (const n of acknowledged) {
        if (n % TOOL_EVERY === 0) toolCalls += 1;
        else tokens += 1 + (n % 7);
      }
      return { tokens, runs: acknowledged.length - toolCalls, toolCalls };
    },
    async finish() {
      isFinishing = true;
      await running;
      close();
    },
    stop() {
      isStopped = true;
      close();
    },
  };
}
