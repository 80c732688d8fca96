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
    name: 'config',
    summary: 'show settings, where they come from and where things live',
    load: async () => (await import('./config.ts')).command,
  },
];
