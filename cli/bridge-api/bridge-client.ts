import * as z from 'zod';

/** What became of a question to the bridge. */
export type Answer<Value> =
  | { readonly status: 'ok'; readonly value: Value }
  /** Nobody answered at that address; `isCutOff`: somebody was there and hung up. */
  | { readonly status: 'unreachable'; readonly reason: string; readonly isCutOff: boolean }
  /** The bridge said no, or something that this version does not understand. */
  | { readonly status: 'refused'; readonly httpStatus: number; readonly reason: string };

/** Parameters of a question; undefined ones are left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** Asks the bridge's query API. */
export interface BridgeClient {
  /** `GET path?query`. */
  get<Value>(path: string, query: Query, schema: z.ZodType<Value>): Promise<Answer<Value>>;
  /** `POST path` with a JSON body. */
  post<Value>(path: string, body: unknown, schema: z.ZodType<Value>): Promise<Answer<Value>>;
}

/** Options of `createBridgeClient`. */
export interface BridgeClientOptions {
  /** For instance `http://127.0.0.1:8081`. */
  readonly baseUrl: string;
  /** Token with scope `query`; null where none is wanted. */
  readonly token: string | null;
  /** How long one question may take. */
  readonly timeoutMs: number;
}

/** What the bridge wants to see before it changes anything; no web page can send it. */
const COMMAND_HEADER = 'x-agent-monitor-cli';

/** RFC 9457, as the bridge answers errors. */
const problemSchema = z.object({ title: z.string().optional(), detail: z.string().optional() });

/** Talks to the bridge over HTTP. */
export function createBridgeClient(options: BridgeClientOptions): BridgeClient {
  const ask = async <Value>(
    url: URL,
    init: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string },
    schema: z.ZodType<Value>,
  ): Promise<Answer<Value>> => {
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(url, {
        ...init,
        headers: {
          ...init.headers,
          ...(options.token === null ? {} : { authorization: `Bearer ${options.token}` }),
        },
        signal: AbortSignal.timeout(options.timeoutMs),
      });
      body = parseJson(await response.text());
    } catch (error) {
      return {
        status: 'unreachable',
        reason: reasonOf(error, options.timeoutMs),
        isCutOff: CUT_OFF.has(codeOf(error)),
      };
    }
    const { status: httpStatus } = response;
    if (!response.ok) {
      const problem = problemSchema.safeParse(body).data;
      const reason = problem?.detail ?? problem?.title ?? response.statusText;
      return { status: 'refused', httpStatus, reason };
    }
    const result = schema.safeParse(body);
    if (result.success) return { status: 'ok', value: result.data };
    return { status: 'refused', httpStatus, reason: `unexpected answer: ${z.prettifyError(result.error)}` };
  };
  return {
    async get(path, query, schema) {
      const url = new URL(path, options.baseUrl);
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined) url.searchParams.set(name, value);
      }
      const answer = await ask(url, {}, schema);
      // A busy bridge closes a connection that it thinks idle while a question is on its way.
      return answer.status === 'unreachable' && answer.isCutOff === true ? ask(url, {}, schema) : answer;
    },
    post: (path, body, schema) =>
      ask(
        new URL(path, options.baseUrl),
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', [COMMAND_HEADER]: '1' },
          body: JSON.stringify(body),
        },
        schema,
      ),
  };
}

/** What `fetch` says where a connection that stood was closed before the answer. */
const CUT_OFF: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema, or the status, says what is wrong.
    return undefined;
  }
}

/** `fetch` hides what happened in `cause`. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map((each: Error) => each.message).join(', ');
  return cause instanceof Error ? cause.message : error.message;
}
