import type { Command as Commander } from 'commander';

/** A verb with everything that may follow it, for completion. */
export interface VerbTree {
  readonly name: string;
  readonly summary: string;
  /** Options as they are typed (`--since`, `-q`), with what each means. */
  readonly options: readonly { readonly flags: readonly string[]; readonly summary: string }[];
  readonly verbs: readonly VerbTree[];
}

/** What commander knows of a program whose verbs are all declared. */
export function toVerbTree(commander: Commander): VerbTree {
  return {
    name: commander.name(),
    summary: commander.summary(),
    options: commander.options.map(({ long, short, description }) => ({
      flags: [long, short].filter((flag) => typeof flag === 'string'),
      summary: description,
    })),
    verbs: commander.commands.map(toVerbTree),
  };
}

/** A place on the command line: the verbs that were typed, and what may be typed next. */
export interface Place {
  /** `['session', 'list']`; empty behind the program's name. */
  readonly path: readonly string[];
  /** Verbs, then options; the program's own options may stand anywhere. */
  readonly words: readonly { readonly word: string; readonly summary: string }[];
}

/** Every place of a program. */
export function placesOf(program: VerbTree): readonly Place[] {
  const visit = (tree: VerbTree, path: readonly string[]): Place[] => {
    const options = tree === program ? tree.options : [...tree.options, ...program.options];
    const words = [
      ...tree.verbs.map(({ name, summary }) => ({ word: name, summary })),
      ...options.flatMap(({ flags, summary }) => flags.map((word) => ({ word, summary }))),
      { word: '--help', summary: 'examples and options' },
    ];
    return [{ path, words }, ...tree.verbs.flatMap((verb) => visit(verb, [...path, verb.name]))];
  };
  return visit(program, []);
}
