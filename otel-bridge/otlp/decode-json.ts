import { MonitorError } from '../domain/error.ts';
import { assertJsonValues } from '../domain/value-limit.ts';
import { scalarFromJson } from './json-scalars.ts';
import { quoteShort } from './quote-short.ts';
import { clearOneof, type Field, type Message, type Plain } from './schema/message.ts';

/** As for protobuf: nesting beyond this is an attack on the stack. */
const MAX_DEPTH = 100;
/** A number of 16 digits or more outside of a string may be beyond 2^53. */
const LONG_NUMBER = /[:[,]\s*-?\d{16}/;

/**
 * OTLP/JSON -> plain shape. Unknown keys are passed over, null is the same as absent.
 * @throws Error (of any kind) when it is not JSON or not such a message; the message names the path. MonitorError
 * `too_large` when it holds too much.
 */
export function decodeJson(message: Message, body: Uint8Array): Plain {
  assertJsonValues(body);
  const text = new TextDecoder().decode(body);
  return toMessage(message, parse(text), []);
}

/** JSON.parse that keeps integers beyond 2^53 as decimal strings. The reviver is slow, so only where one may occur. */
function parse(text: string): unknown {
  try {
    return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (error) {
    // The engine's message quotes the text, which may be somebody's prompt: only the position is passed on.
    const position = /at position \d+/.exec(String(error))?.[0];
    throw new MonitorError(
      'invalid',
      position === undefined ? 'it is not JSON' : `it is not JSON ${position}`,
    );
  }
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? source : value;
}

type Path = (string | number)[];

function toMessage(message: Message, value: unknown, path: Path): Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(path, `found ${quoteShort(value)}, expected an object`);
  }
  if (path.length > 2 * MAX_DEPTH) throw wrong(path.slice(0, 8), `is nested deeper than ${MAX_DEPTH} levels`);
  const plain = message.empty();
  for (const [key, item] of Object.entries(value)) {
    const field = message.byName.get(key);
    if (field === undefined || item === null) continue;
    path.push(key);
    if (field.oneof !== undefined) clearOneof(message, field.oneof, plain);
    plain[field.name] =
      field.presence === 'repeated' ? toList(field, item, path) : toValue(field, item, path);
    path.pop();
  }
  return plain;
}

function toList(field: Field, value: unknown, path: Path): unknown[] {
  if (!Array.isArray(value)) throw wrong(path, `found ${quoteShort(value)}, expected an array`);
  return value.map((item: unknown, index) => {
    path.push(index);
    const element = toValue(field, item, path);
    path.pop();
    return element;
  });
}

function toValue(field: Field, value: unknown, path: Path): unknown {
  if (field.kind === 'message') return toMessage(field.message(), value, path);
  try {
    return scalarFromJson(field, value);
  } catch (error) {
    throw wrong(path, error instanceof Error ? error.message : String(error));
  }
}

function wrong(path: Path, problem: string): MonitorError {
  const where = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return new MonitorError('invalid', `${where.replace(/^\./, '') || 'the body'}: ${problem}`);
}
