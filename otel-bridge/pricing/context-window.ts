import { calcPrice } from '@pydantic/genai-prices';
import { windowInName } from '../domain/window-in-name.ts';
import { normaliseModelName, undatedModelName } from './model-name.ts';

/** Windows that @pydantic/genai-prices 0.1.8 does not tell, in tokens (ai.google.dev/gemini-api/docs/models). */
const WINDOWS: readonly [model: RegExp, tokens: number][] = [
  [/^gemini-(?:2\.0-flash|2\.5-(?:pro|flash)|3)/, 1_048_576],
];
const MAX_KNOWN = 10_000;
const known = new Map<string, number | null>();

/** The size of a model's context window in tokens, as its name or the bundled list says; null = not known. */
export function contextWindow(model: string): number | null {
  const found = known.get(model);
  if (found !== undefined) return found;
  if (known.size >= MAX_KNOWN) known.clear();
  const tokens = windowInName(model) ?? findWindow(normaliseModelName(model));
  known.set(model, tokens);
  return tokens;
}

function findWindow(name: string): number | null {
  const listed = calcPrice({}, name, name.startsWith('claude') ? { providerId: 'anthropic' } : {});
  return (
    listed?.model.context_window ??
    WINDOWS.find(([pattern]) => pattern.test(undatedModelName(name)))?.[1] ??
    null
  );
}
