import type { Command } from '../command.ts';

/** A verb by name, loaded when it is called. The summary stands here too, so that help loads nothing. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every verb, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'write settings.yaml and the generated stack; starts nothing',
    load: async () => (await import('./init.ts')).command,
  },
  {
    name: 'up',
    summary: 'start everything and wait until it answers',
    load: async () => (await import('./up.ts')).command,
  },
  {
    name: 'down',
    summary: 'stop; data is kept',
    load: async () => (await import('./down.ts')).command,
  },
  {
    name: 'status',
    summary: 'what runs, and when each agent was last heard of',
    load: async () => (await import('./status.ts')).command,
  },
  {
    name: 'doctor',
    summary: 'look for what is wrong, and say what remedies it',
    load: async () => (await import('./doctor.ts')).command,
  },
  {
    name: 'verify',
    summary: 'send a marked session and follow it to every store and back',
    load: async () => (await import('./verify.ts')).command,
  },
  {
    name: 'env',
    summary: 'the settings that point an agent here',
    load: async () => (await import('./env.ts')).command,
  },
  {
    name: 'hooks',
    summary: "install, remove or list agents' hooks",
    load: async () => (await import('./hooks.ts')).command,
  },
  {
    name: 'run',
    summary: 'run an agent, or any command, as one task',
    load: async () => (await import('./run.ts')).command,
  },
  {
    name: 'logs',
    summary: 'log lines of all parts, or of one',
    load: async () => (await import('./logs.ts')).command,
  },
  {
    name: 'open',
    summary: 'open the page, Grafana, Jaeger or one session',
    load: async () => (await import('./open.ts')).command,
  },
  {
    name: 'session',
    summary: 'sessions: list them, show one',
    load: async () => (await import('./session.ts')).command,
  },
  {
    name: 'usage',
    summary: 'tokens and cost by day, model, project, agent, tool and more',
    load: async () => (await import('./usage.ts')).command,
  },
  {
    name: 'follow',
    summary: 'follow transcripts here and send them to a bridge elsewhere',
    load: async () => (await import('./follow.ts')).command,
  },
  {
    name: 'import',
    summary: "take in agents' transcripts, or events from a file, once",
    load: async () => (await import('./import.ts')).command,
  },
  {
    name: 'vms',
    summary: 'virtual machines: list, check, discover, watch',
    load: async () => (await import('./vms.ts')).command,
  },
  {
    name: 'rate',
    summary: "a person's score of a session, from 1 to 5",
    load: async () => (await import('./rate.ts')).command,
  },
  {
    name: 'mcp',
    summary: 'MCP server on stdio: agents report progress and ask for cost and limits',
    load: async () => (await import('./mcp.ts')).command,
  },
  {
    name: 'dead-letters',
    summary: 'what a store refused for good: list it, try it again',
    load: async () => (await import('./dead-letters.ts')).command,
  },
  {
    name: 'prune',
    summary: 'forget a session, or events that are older than some time',
    load: async () => (await import('./prune.ts')).command,
  },
  {
    name: 'rebuild',
    summary: 'build sessions and sums anew from the events; counters stay, nothing is sent',
    load: async () => (await import('./rebuild.ts')).command,
  },
  {
    name: 'schema',
    summary: 'JSON Schema of all events, with an example of each',
    load: async () => (await import('./schema.ts')).command,
  },
  {
    name: 'completion',
    summary: 'a script that makes bash, zsh or fish complete verbs and options',
    load: async () => (await import('./completion.ts')).command,
  },
  {
    name: 'config',
    summary: 'show and set settings, where they come from and where things live',
    load: async () => (await import('./config.ts')).command,
  },
];
