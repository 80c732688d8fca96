import type { Command } from '../command.ts';
import { COMPLETION_SHELLS, renderCompletion } from '../completion/render-completion.ts';
import { CliError } from '../errors.ts';

/** `monitor completion SHELL`: the script that makes a shell complete verbs and options. */
export const command: Command = {
  name: 'completion',
  summary: 'a script that makes bash, zsh or fish complete verbs and options',
  examples: [
    'source <(monitor completion bash)',
    'source <(monitor completion zsh)',
    'monitor completion fish | source',
  ],
  declare(commander) {
    commander.argument('<shell>', COMPLETION_SHELLS.join(', '));
  },
  async run({ args: [told], describeProgram }) {
    const shell = COMPLETION_SHELLS.find((name) => name === told);
    if (shell === undefined) {
      throw new CliError(
        'USAGE',
        `Cannot complete in "${told}": known shells are ${COMPLETION_SHELLS.join(', ')}`,
      );
    }
    const script = renderCompletion(shell, await describeProgram());
    return { data: { shell, script }, text: script.trimEnd() };
  },
};
