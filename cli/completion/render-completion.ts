import { type Place, placesOf, type VerbTree } from './verb-tree.ts';

/** Shells that a script can be written for. */
export const COMPLETION_SHELLS = ['bash', 'zsh', 'fish'] as const;
export type CompletionShell = (typeof COMPLETION_SHELLS)[number];

/**
 * The script that teaches a shell the verbs and options of a program. It finds the verbs that were typed among those it
 * knows, and offers what may follow them; where it knows nothing, the shell completes files.
 */
export function renderCompletion(shell: CompletionShell, program: VerbTree): string {
  const places = placesOf(program);
  return RENDERERS[shell](program.name, places);
}

const RENDERERS: Readonly<Record<CompletionShell, (name: string, places: readonly Place[]) => string>> = {
  bash: (name, places) => `# bash completion for ${name}: source <(${name} completion bash)
_${name}() {
  local verb="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$verb $word" in
      ${paths(places).map(quote).join('|')}) verb="$verb $word" ;;
    esac
  done
  case "$verb" in
${places.map(({ path, words }) => `    ${quote(keyOf(path))}) words=${quote(words.map(({ word }) => word).join(' '))} ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name} ${name}
`,
  zsh: (name, places) => `#compdef ${name}
# zsh completion for ${name}: source <(${name} completion zsh)
_${name}() {
  local verb="" word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$verb $word" in
      (${paths(places).map(quote).join('|')}) verb="$verb $word" ;;
    esac
  done
  case "$verb" in
${places.map(({ path, words }) => `    (${quote(keyOf(path))}) candidates=(${words.map(({ word, summary }) => quote(`${word}:${summary}`)).join(' ')}) ;;`).join('\n')}
  esac
  _describe ${name} candidates || _files
}
compdef _${name} ${name}
`,
  fish: (name, places) => `# fish completion for ${name}: ${name} completion fish | source
function __${name}_at
  set -l verb ''
  for word in (commandline -opc)[2..]
    switch "$verb $word"
      case ${paths(places).map(quote).join(' ')}
        set verb "$verb $word"
    end
  end
  test "$verb" = "$argv[1]"
end
${places
  .flatMap(({ path, words }) =>
    words.map(
      ({ word, summary }) =>
        `complete -c ${name} -n ${quote(`__${name}_at ${quoteInside(keyOf(path))}`)} -a ${quote(word)} -d ${quote(summary)}`,
    ),
  )
  .join('\n')}
`,
};

/** Every path but the empty one, each with a blank before each verb: ` session list`. */
function paths(places: readonly Place[]): string[] {
  return places.filter(({ path }) => path.length > 0).map(({ path }) => keyOf(path));
}

function keyOf(path: readonly string[]): string {
  return path.map((verb) => ` ${verb}`).join('');
}

/** Texts hold no line breaks; a quote within one becomes the typographic one, which every shell leaves alone. */
function quote(text: string): string {
  return `'${text.replaceAll("'", '’').replaceAll('\\', '')}'`;
}

function quoteInside(text: string): string {
  return `"${text}"`;
}
