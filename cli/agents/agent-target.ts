/** Where an agent is pointed, and what it may tell. The same for every kind of agent. */
export interface AgentTarget {
  /** Base URL of OTLP over HTTP, for instance `http://127.0.0.1:4318`. */
  readonly otlpEndpoint: string;
  /** Token to send along; null where the bridge wants none. */
  readonly token: string | null;
  readonly project: string;
  readonly agent: string;
  /** Name of the machine that the agent runs on; agents do not send it by themselves. */
  readonly hostname: string;
  /** How often the agent exports its metrics, milliseconds. */
  readonly metricIntervalMs: number;
  /** How often the agent exports its logs and spans, milliseconds. */
  readonly logIntervalMs: number;
  /** Whether the agent's own spans are wanted. */
  readonly traces: boolean;
  /** Whether spans about the inside of the agent's program are wanted too. */
  readonly internalSpans: boolean;
  /** Whether ids of the user's account may be sent. */
  readonly includeAccount: boolean;
  /** What may be sent in clear. The bridge enforces it too; what is not sent cannot leak on the way. */
  readonly privacy: {
    readonly prompts: boolean;
    readonly responses: boolean;
    readonly toolArguments: boolean;
    readonly toolOutput: boolean;
  };
}

/** Settings of one agent as environment variables, in the order in which they are shown. */
export type AgentEnvironment = Readonly<Record<string, string>>;

/** How one kind of agent is told where to send its telemetry. */
export interface AgentKind {
  /** Framework name, as in `agent.framework`: `claude-code`. */
  readonly name: string;
  /** Other words that a user may type. */
  readonly aliases: readonly string[];
  /** What to type to start it, for hints. */
  readonly command: string;
  /** Every variable that `environment` may set, so that all of them can be unset again. */
  readonly variables: readonly string[];
  /** Variables for a target. Pure. */
  environment(target: AgentTarget): AgentEnvironment;
  /** Arguments that its command needs as well, right behind its name; left out where variables say all. Pure. */
  commandArguments?(target: AgentTarget): readonly string[];
  /** What `--format settings` prints, where it is not the `env` object of a settings.json. Pure. */
  settingsText?(target: AgentTarget): string;
}
