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
    name: 'env',
    summary: 'the settings that point an agent here',
    load: async () => (await import('./env.ts')).command,
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
    summary: 'tokens and cost by day, model, project, agent or tool',
    load: async () => (await import('./usage.ts')).command,
  },
  {
    name: 'import',
    summary: "take in agents' transcripts, once",
    load: async () => (await import('./import.ts')).command,
  },
  {
    name: 'config',
    summary: 'show settings, where they come from and where things live',
    load: async () => (await import('./config.ts')).command,
  },
];
