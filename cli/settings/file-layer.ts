import { readFile } from 'node:fs/promises';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { CliError } from '../errors.ts';
import { isBranch, type RawValue, type SettingsLayer, type SettingsPath } from './layer.ts';

/**
 * Reads settings.yaml; null where there is none.
 * @throws CliError SETTINGS_INVALID where it is not YAML or not a mapping
 */
export async function readFileLayer(file: string): Promise<SettingsLayer | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new CliError('SETTINGS_INVALID', `Cannot read settings "${file}": ${(error as Error).message}`, {
      cause: error,
    });
  }
  return parseFileLayer(text, file);
}

/** The layer of a text in YAML; `file` is its name in errors. @throws CliError SETTINGS_INVALID */
export function parseFileLayer(text: string, file: string): SettingsLayer {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line } = lines.linePos(problem.pos[0]);
    throw new CliError(
      'SETTINGS_INVALID',
      `Cannot read settings "${file}": line ${line}: ${problem.message}`,
      {
        cause: problem,
      },
    );
  }
  const values: RawValue = document.toJS() ?? {};
  if (!isBranch(values)) {
    throw new CliError(
      'SETTINGS_INVALID',
      `Cannot read settings "${file}": found ${Array.isArray(values) ? 'a list' : `"${String(values)}"`}, expected keys with values`,
    );
  }
  return {
    kind: 'file',
    values,
    locate(path) {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : `line ${lines.linePos(offset).line}`;
    },
  };
}

/** Where a setting's key (in a list: its value) begins in the text. */
function offsetOf(document: Document.Parsed, path: SettingsPath): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const node = nodeOf(parent, key);
    if (node !== undefined) return node;
  }
  return undefined;
}

function nodeOf(parent: unknown, key: string | number | undefined): number | undefined {
  if (typeof parent !== 'object' || parent === null || !('items' in parent) || !Array.isArray(parent.items)) {
    return undefined;
  }
  const item: unknown =
    typeof key === 'number' ? parent.items[key] : parent.items.find((pair: unknown) => keyText(pair) === key);
  const node = isPair(item) ? item.key : item;
  return isNode(node) ? node.range?.[0] : undefined;
}

function isPair(value: unknown): value is { readonly key: unknown } {
  return typeof value === 'object' && value !== null && 'key' in value;
}

function keyText(pair: unknown): string | undefined {
  if (!isPair(pair)) return undefined;
  const { key } = pair;
  return typeof key === 'object' && key !== null && 'value' in key ? String(key.value) : undefined;
}
