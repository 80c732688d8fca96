/** How a program names the one that it runs. */
export interface Wrapper {
  /** Letters of options that take a word of their own. */
  readonly valued: string;
  /** Words of its own before the command. @default 0 */
  readonly operands?: number;
  /** True where it runs on another machine or in a container: allow lists are about this one. @default false */
  readonly elsewhere?: boolean;
}

const PLAIN: Wrapper = { valued: '' };
const ONE: Wrapper = { valued: '', operands: 1 };

/** Programs that run another one. */
const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  env: { valued: 'uCS' },
  sudo: { valued: 'uUghpCrtTRD' },
  doas: { valued: 'uC' },
  pkexec: PLAIN,
  runuser: { valued: 'ugG' },
  'su-exec': ONE,
  gosu: ONE,
  setpriv: PLAIN,
  nohup: PLAIN,
  time: { valued: 'fo' },
  timeout: { valued: 'ks', operands: 1 },
  gtimeout: { valued: 'ks', operands: 1 },
  nice: { valued: 'n' },
  ionice: { valued: 'cnpPu' },
  chrt: ONE,
  taskset: ONE,
  numactl: { valued: 'CNmip' },
  prlimit: PLAIN,
  caffeinate: { valued: 'tw' },
  setsid: PLAIN,
  setarch: ONE,
  stdbuf: { valued: 'ioe' },
  unbuffer: PLAIN,
  flock: { valued: 'wE', operands: 1 },
  xargs: { valued: 'IadEeLlnPs' },
  parallel: { valued: 'jIa' },
  command: PLAIN,
  builtin: PLAIN,
  exec: { valued: 'a' },
  coproc: PLAIN,
  busybox: PLAIN,
  toybox: PLAIN,
  watch: { valued: 'n' },
  entr: PLAIN,
  chroot: ONE,
  fakeroot: PLAIN,
  unshare: { valued: 'SG' },
  nsenter: { valued: 't' },
  firejail: PLAIN,
  'systemd-run': { valued: 'pEGutM' },
  'dbus-run-session': PLAIN,
  'xvfb-run': { valued: 'nspe' },
  tini: { valued: 'pe' },
  'dumb-init': { valued: 'r' },
  strace: { valued: 'eopsuEabIO' },
  ltrace: { valued: 'eopsuan' },
  valgrind: PLAIN,
  proxychains: { valued: 'f' },
  proxychains4: { valued: 'f' },
  torsocks: PLAIN,
  npx: { valued: 'pcw' },
  bunx: PLAIN,
  tmux: { valued: 'LSfTct', operands: 1 },
  screen: { valued: 'SceshtTp' },
  ssh: { valued: 'BbcDEeFIiJLlmOopQRSWw', operands: 1, elsewhere: true },
  mosh: { valued: 'p', operands: 1, elsewhere: true },
};

/** Programs of which only some verbs run another one, and how many words stand before it then. */
const VERBS: Readonly<Record<string, { readonly verbs: ReadonlySet<string>; readonly wrapper: Wrapper }>> = {
  ...named(['docker', 'podman', 'nerdctl'], ['run', 'exec'], {
    valued: 'evuwph',
    operands: 1,
    elsewhere: true,
  }),
  ...named(['kubectl', 'oc'], ['exec', 'run', 'debug'], { valued: 'cnif', operands: 1, elsewhere: true }),
  ...named(['npm', 'pnpm', 'yarn', 'bun'], ['exec', 'dlx', 'x'], PLAIN),
  ...named(
    ['uv', 'poetry', 'pipenv', 'bundle', 'mise', 'hatch', 'nix', 'conda'],
    ['exec', 'run', 'x'],
    PLAIN,
  ),
  ...named(['direnv'], ['exec'], ONE),
};

function named(programs: readonly string[], verbs: readonly string[], wrapper: Wrapper): typeof VERBS {
  return Object.fromEntries(programs.map((program) => [program, { verbs: new Set(verbs), wrapper }]));
}

/** How a program that runs another one is read, and its words from there on; null where it runs none. */
export function wrapperOf(
  program: string,
  rest: readonly string[],
): { readonly wrapper: Wrapper; readonly rest: readonly string[] } | null {
  if (Object.hasOwn(WRAPPERS, program)) return { wrapper: WRAPPERS[program] ?? PLAIN, rest };
  // The loader of programs, by whatever name it has on this machine.
  if (/^ld(?:-linux[\w.-]*|-musl[\w.-]*)?\.so/.test(program)) return { wrapper: PLAIN, rest };
  if (!Object.hasOwn(VERBS, program)) return null;
  const known = VERBS[program];
  const verb = rest.findIndex((word) => !word.startsWith('-') && word !== 'compose');
  return known?.verbs.has(rest[verb] ?? '') === true
    ? { wrapper: known.wrapper, rest: rest.slice(verb + 1) }
    : null;
}

/** Behind which word the command begins if the wrapper's options are those that we know. */
export function behindOptions(words: readonly string[], { valued, operands = 0 }: Wrapper): number {
  let position = 0;
  for (; position < words.length; position += 1) {
    const word = words[position] ?? '';
    if (word === '--') return position + 1 + operands;
    if (isAssignment(word)) continue;
    if (!word.startsWith('-') || word === '-') break;
    // `-u name`, not `-uname`, and not `--user=name`.
    if (word.length === 2 && valued.includes(word[1] ?? '')) position += 1;
  }
  return position + operands;
}

/** Everywhere where the command may begin: behind an option it is not known whether the next word is the option's. */
export function possibleStarts(words: readonly string[], { operands = 0 }: Wrapper): number[] {
  const seen = new Set<string>();
  const starts = new Set<number>();
  const todo: [position: number, operandsLeft: number][] = [[0, operands]];
  for (let state = todo.pop(); state !== undefined && starts.size < MAX_STARTS; state = todo.pop()) {
    const [position, left] = state;
    const word = words[position];
    if (word === undefined || seen.has(state.join())) continue;
    seen.add(state.join());
    if (word === '--' || isAssignment(word)) todo.push([position + 1, left]);
    else if (word.startsWith('-') && word !== '-') {
      todo.push([position + 1, left]);
      if (!word.includes('=')) todo.push([position + 2, left]);
    } else if (left > 0) todo.push([position + 1, left - 1]);
    else starts.add(position);
  }
  return [...starts];
}

const MAX_STARTS = 16;

function isAssignment(word: string): boolean {
  return /^[A-Za-z_]\w*=/.test(word);
}
