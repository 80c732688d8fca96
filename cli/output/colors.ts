/** Marks that text can be given; plain text where colours are off. */
export interface Colors {
  readonly enabled: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

/** How `--color` can be given. */
export type ColorMode = 'auto' | 'always' | 'never';

/** What decides about colours on one stream. */
export interface ColorConditions {
  readonly mode: ColorMode;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly isTerminal: boolean;
}

/** Whether a stream gets colours: flag, then NO_COLOR, then FORCE_COLOR, then TERM, then whether it is a terminal. */
export function wantsColors({ mode, env, isTerminal }: ColorConditions): boolean {
  if (mode !== 'auto') return mode === 'always';
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  if (env.TERM === 'dumb') return false;
  return isTerminal;
}

/** Colours that are on or off, SGR codes of ECMA-48. */
export function createColors(enabled: boolean): Colors {
  const mark = (open: number, close: number) => (text: string) =>
    enabled ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    enabled,
    bold: mark(1, 22),
    dim: mark(2, 22),
    red: mark(31, 39),
    green: mark(32, 39),
    yellow: mark(33, 39),
  };
}
