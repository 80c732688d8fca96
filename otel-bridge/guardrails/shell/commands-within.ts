/*
 * Commands that stand within the words of programs which do something else: `git rebase -x 'rm x'`,
 * `tar --to-command='rm x'`. They are scripts of a shell.
 */

/** Variables whose value some program runs. */
const RUN_VARIABLES =
  /^(?:GIT_(?:SSH_COMMAND|SSH|PAGER|EDITOR|SEQUENCE_EDITOR|EXTERNAL_DIFF|ASKPASS|PROXY_COMMAND)|PAGER|MANPAGER|EDITOR|VISUAL|SSH_ASKPASS|SUDO_ASKPASS|PROMPT_COMMAND|LESSOPEN|LESSCLOSE|RSYNC_RSH|CVS_RSH|TAR_OPTIONS)$/;

/** Settings of git whose value it runs. */
const RUN_SETTINGS =
  /^(?:core\.(?:pager|editor|sshcommand|fsmonitor|askpass|gitproxy)|sequence\.editor|pager\..+|diff\.external|interactive\.difffilter|sendemail\..*cmd|.+\.(?:cmd|command|textconv|driver|clean|smudge|process|helper|program|packobjectshook|uploadpack|receivepack))$/i;

/** Options whose value a program runs, by program; for git by verb. */
const RUN_OPTIONS: Readonly<Record<string, RegExp>> = {
  tar: /^(?:--to-command|--use-compress-program|--info-script|--new-volume-script|--rsh-command|--rmt-command|-I|-F)$/,
  rsync: /^(?:--rsh|--rsync-path|-[a-zA-Z]*e)$/,
  'git rebase': /^(?:--exec|-x)$/,
  'git difftool': /^(?:--extcmd|-x)$/,
  'git filter-branch': /^--[a-z]+-filter$/,
  'git clone': /^(?:--upload-pack|-u)$/,
  'git fetch': /^--upload-pack$/,
  'git pull': /^--upload-pack$/,
  'git ls-remote': /^(?:--upload-pack|--exec)$/,
  'git push': /^(?:--receive-pack|--exec)$/,
  'git send-email': /^--(?:to|cc|header)-cmd$/,
};

/** True where programs run what this variable holds. */
export function isRunVariable(name: string): boolean {
  return RUN_VARIABLES.test(name);
}

/** What git runs if a setting has this value; null where it runs nothing of it. */
export function scriptOfGitSetting(name: string, value: string): string | null {
  return RUN_SETTINGS.test(name) ? value.replace(/^!/, '') : null;
}

/** Scripts that the verb of git runs. */
export function scriptsOfGit(verb: string, words: readonly string[]): string[] {
  if (verb === 'submodule' && words.includes('foreach')) {
    return [
      words
        .slice(words.indexOf('foreach') + 1)
        .filter((word) => word !== '--recursive')
        .join(' '),
    ];
  }
  if (verb === 'bisect' && words[0] === 'run') return [words.slice(1).join(' ')];
  return optionValues(words, RUN_OPTIONS[`git ${verb}`]);
}

/** Scripts that another program runs. */
export function scriptsWithin(program: string, words: readonly string[]): string[] {
  if (!/^(?:[gb]sd?)?tar$|^rsync$/.test(program)) return [];
  const checkpoints = words.flatMap((word) => /^(?:--checkpoint-action=)?exec=(.*)$/s.exec(word)?.[1] ?? []);
  return [...checkpoints, ...optionValues(words, RUN_OPTIONS[program === 'rsync' ? 'rsync' : 'tar'])];
}

/** `-x VALUE`, `-xVALUE`, `--exec VALUE`, `--exec=VALUE`. */
function optionValues(words: readonly string[], option: RegExp | undefined): string[] {
  if (option === undefined) return [];
  return words.flatMap((word, index) => {
    if (option.test(word)) return words[index + 1] ?? [];
    const [, name = '', value = ''] =
      /^(--[a-z-]+)=(.*)$/s.exec(word) ?? /^(-[a-zA-Z])(.+)$/s.exec(word) ?? [];
    return option.test(name) ? value : [];
  });
}
