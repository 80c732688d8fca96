import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { priceOf } from '../../otel-bridge/pricing/price-of.ts';
import { type ClaudeRun, runClaude } from './claude-code.ts';
import { type ModelApi, type ServedRequest, startModelApi } from './model-api.ts';
import { waitUntil } from './wait-until.ts';

const PROJECTS = ['shop', 'web', 'lab'];
/** What an agent does, the calls that this is, by tool and outcome, and how often it asks the model. */
interface Work {
  readonly prompt: string;
  readonly calls: Readonly<Record<string, number>>;
  readonly requests: number;
}

const WORK: readonly Work[] = [
  { prompt: '[tools 2] work', calls: { 'Bash success': 2 }, requests: 3 },
  { prompt: '[fail] try', calls: { 'Bash failure': 1 }, requests: 2 },
  { prompt: '[parallel 2] hurry', calls: { 'Bash success': 2 }, requests: 2 },
  { prompt: '[agent] delegate', calls: { 'Agent success': 1, 'Bash success': 1 }, requests: 4 },
  { prompt: '[write /tmp/not-allowed.txt] write', calls: { 'Write rejected': 1 }, requests: 2 },
];
const RESUMED: Work = { prompt: '[tools 1] and on', calls: { 'Bash success': 1 }, requests: 2 };
/** So long after the one before an agent starts: all of them at once would only wait for each other. */
const STAGGER_MS = 1500;
const RUN_TIMEOUT_MS = 400_000;
/** Asking the bridge takes processor time that the agents need. */
const LOOK_PAUSE_MS = 500;

/** One agent of a fleet. */
export interface FleetAgent {
  readonly project: string;
  readonly agent: string;
}

/** Figures of a fleet, or of a part of it. Money is in micro-dollars. */
export interface FleetFigures {
  readonly tokens: Readonly<Record<'input' | 'output' | 'cache_read' | 'cache_creation', number>>;
  readonly costMicroUsd: number;
}

/** What a fleet did in truth. */
export interface FleetTruth extends FleetFigures {
  readonly sessions: number;
  readonly runs: number;
  /** Number of calls by tool and outcome: `Bash success`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Cost by `project/agent`, as Claude Code printed it. */
  readonly costByAgent: Readonly<Record<string, number>>;
  readonly runsByAgent: Readonly<Record<string, number>>;
  /** A line for each agent that asked or printed otherwise than it was told to: explains a failure. */
  readonly account: readonly string[];
}

/** How a fleet is started. */
export interface FleetOptions {
  readonly agents: number;
  /** How many of them are taken up again. */
  readonly resumed: number;
  readonly home: string;
  readonly api: ModelApi;
  env(agent: FleetAgent): Promise<Record<string, string>>;
  /** Names of agents of which the bridge knows. */
  known(): Promise<readonly string[]>;
  /**
   * Takes the bridge away once, when about half of the agents have begun. From then on until it is back further ones
   * start, those at work are stopped in the middle of it, and none ends.
   */
  takeAway(): Promise<void>;
  /** Resolves when the bridge is back. */
  bringBack(): Promise<void>;
}

/**
 * Runs real Claude Codes beside each other, in three projects, with tools, failing commands, calls that are not
 * allowed and sub-agents; then some of them again in their sessions. Answers what they did.
 *
 * Claude Code tells whose it is every five seconds and when it ends, and sends nothing a second time to an address that
 * refused the connection. Of one that ends while nobody listens nobody ever hears it, and what its transcript told is
 * counted without a name when its time has come. So the bridge goes only when it knows all who are at work, and none
 * ends before it is back.
 */
export async function runFleet(options: FleetOptions): Promise<FleetTruth> {
  const { agents, resumed, home, api } = options;
  const fleet = Array.from({ length: agents }, (_, index) => ({
    project: PROJECTS[index % PROJECTS.length] ?? '',
    agent: `agent-${index}`,
    work: WORK[index % WORK.length] ?? RESUMED,
  }));
  const start = async (
    { project, agent }: FleetAgent,
    prompt: string,
    ...args: readonly string[]
  ): Promise<ClaudeRun> => {
    const run = await runClaude({
      prompt,
      home,
      cwd: join(home, project),
      modelUrl: api.url,
      env: await options.env({ project, agent }),
      args: ['--allowedTools', 'Bash,Task,Agent', ...args],
      timeoutMs: RUN_TIMEOUT_MS,
    });
    if (run.exitCode !== 0 || run.result === undefined) throw new Error(`${agent}: ${run.stderr}`);
    return run;
  };
  const started = new Set<string>();
  const ended = new Set<string>();
  let mayStart = Promise.resolve();
  const running = fleet.map(async (each, index) => {
    await sleep(index * STAGGER_MS);
    await mayStart;
    started.add(each.agent);
    const run = await start(each, promptOf(each));
    ended.add(each.agent);
    return run;
  });
  const knownAgents = async (): Promise<Set<string>> => {
    await sleep(LOOK_PAUSE_MS);
    return new Set(await options.known());
  };
  const interrupted = sleep((agents / 2) * STAGGER_MS).then(async () => {
    const { promise, resolve: letStart } = Promise.withResolvers<void>();
    mayStart = promise;
    const release = api.hold();
    try {
      const atWork = fleet.filter(({ agent }) => started.has(agent) && !ended.has(agent));
      const ending = atWork.filter((each) => isAnswered(each, api.requests));
      await waitUntil(() => ending.every(({ agent }) => ended.has(agent)), Boolean, RUN_TIMEOUT_MS);
      await waitUntil(knownAgents, (known) => atWork.every(({ agent }) => known.has(agent)), RUN_TIMEOUT_MS);
      await options.takeAway();
      letStart();
      await options.bringBack();
    } finally {
      letStart();
      release();
    }
  });
  const [first] = await Promise.all([Promise.all(running), interrupted]);
  const unknown = fleet.filter((each) => !isAnswered(each, api.requests)).map(({ agent }) => agent);
  if (unknown.length > 0) throw new Error(`No last answer is known of ${unknown.join(', ')}`);
  const again = await Promise.all(
    fleet.slice(0, resumed).map(async (each, index) => {
      await sleep(index * STAGGER_MS);
      return start(each, RESUMED.prompt, '--resume', first[index]?.result?.session_id ?? '');
    }),
  );
  // Of a session that was taken up again the last figure is that of all of it.
  const printed = fleet.map((_, index) => (again[index] ?? first[index])?.result?.total_cost_usd ?? 0);
  const name = ({ project, agent }: FleetAgent): string => `${project}/${agent}`;
  const calls: Record<string, number> = {};
  for (const work of [...fleet.map((each) => each.work), ...again.map(() => RESUMED)]) {
    for (const [call, count] of Object.entries(work.calls)) calls[call] = (calls[call] ?? 0) + count;
  }
  const account = fleet.flatMap(({ agent, work }, index) => {
    const sessionId = first[index]?.result?.session_id;
    const runs = [first[index], again[index]].filter((run) => run !== undefined);
    const wanted = work.requests + (index < resumed ? RESUMED.requests : 0);
    const served = api.requests.filter((request) => request.sessionId === sessionId);
    return oddities(agent, runs, served, wanted);
  });
  return {
    ...figuresOf(api.requests),
    account,
    costMicroUsd: Math.round(printed.reduce((sum, usd) => sum + usd * 1e6, 0)),
    sessions: agents,
    runs: agents + resumed,
    calls,
    costByAgent: Object.fromEntries(
      fleet.map((each, index) => [name(each), Math.round((printed[index] ?? 0) * 1e6)]),
    ),
    runsByAgent: Object.fromEntries(fleet.map((each, index) => [name(each), index < resumed ? 2 : 1])),
  };
}

/** What an agent is told to do, with its name, by which its requests are known. */
function promptOf({ agent, work }: FleetAgent & { readonly work: Work }): string {
  return `${work.prompt} as ${agent}.`;
}

/** True for an agent that has its last answer: nothing holds it up any more. */
function isAnswered(each: FleetAgent & { readonly work: Work }, requests: readonly ServedRequest[]): boolean {
  const last = requests.findLast(({ role, prompt }) => role === 'main' && prompt.includes(promptOf(each)));
  return last?.endedAt !== '' && last?.stopReason === 'end_turn';
}

/** What an agent printed or asked otherwise than it was told to: a line, or none. */
function oddities(
  agent: string,
  runs: readonly ClaudeRun[],
  served: readonly ServedRequest[],
  wantedRequests: number,
): string[] {
  const printed = Math.round((runs.at(-1)?.result?.total_cost_usd ?? 0) * 1e6);
  const { costMicroUsd } = figuresOf(served);
  if (served.length === wantedRequests && printed === costMicroUsd) return [];
  const asked = served.map(({ role, status, priced }) => `${role} ${status}${priced ? '' : ' unpaid'}`);
  const took = runs.map(({ startedAtMs, endedAtMs }) => `${endedAtMs - startedAtMs} ms`);
  return [
    `${agent}: printed ${printed}, was served ${costMicroUsd} micro-dollars in ${served.length} requests of ${wantedRequests} (${asked.join(', ')}), took ${took.join(' and ')}`,
  ];
}

/** What an agent did that was killed in the middle of its work. */
export interface KilledAgent {
  /** Its home, which nobody follows. */
  readonly home: string;
  /** What it used until then. */
  readonly figures: FleetFigures;
  readonly sessionId: string;
}

/** Starts a Claude Code that thinks slowly, and kills it while it waits for its third answer. */
export async function killAgent(home: string, env: Record<string, string>): Promise<KilledAgent> {
  await using api = await startModelApi({ latencyMs: 4000, seed: 77 });
  const kill = new AbortController();
  const run = runClaude({
    prompt: '[tools 5] a long day',
    home,
    cwd: join(home, 'lab'),
    modelUrl: api.url,
    env,
    signal: kill.signal,
    timeoutMs: RUN_TIMEOUT_MS,
  });
  const answered = (): ServedRequest[] =>
    api.requests.filter(({ role, endedAt }) => role === 'main' && endedAt !== '');
  await waitUntil(
    () => answered().length >= 2 && api.requests.length > answered().length,
    Boolean,
    RUN_TIMEOUT_MS,
  );
  // Its second answer is on its disk and its third question is asked.
  await sleep(1500);
  const served = [...answered()];
  kill.abort();
  await run;
  return { home, figures: figuresOf(served), sessionId: served[0]?.sessionId ?? '' };
}

/** Tokens and cost of requests, by the model API's own log and list prices. */
export function figuresOf(requests: readonly ServedRequest[]): FleetFigures {
  const paid = requests.filter(({ priced }) => priced);
  const sum = (pick: (request: ServedRequest) => number): number =>
    paid.reduce((total, request) => total + pick(request), 0);
  const costNanoUsd = sum(({ model, usage, startedAt }) => {
    const price = priceOf({
      model,
      tsMs: Date.parse(startedAt),
      usage: {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cache_read_tokens: usage.cache_read_input_tokens,
        cache_creation_tokens: usage.cache_creation_input_tokens,
        cache_creation_1h_tokens: usage.cache_creation.ephemeral_1h_input_tokens,
      },
    });
    if (price === null) throw new Error(`No price of "${model}"`);
    return price.costNanoUsd;
  });
  return {
    tokens: {
      input: sum(({ usage }) => usage.input_tokens),
      output: sum(({ usage }) => usage.output_tokens),
      cache_read: sum(({ usage }) => usage.cache_read_input_tokens),
      cache_creation: sum(({ usage }) => usage.cache_creation_input_tokens),
    },
    costMicroUsd: Math.round(costNanoUsd / 1000),
  };
}
