import { Writable } from 'node:stream';
import * as z from 'zod';

/** A line of the bridge's own log. */
export interface LogLine {
  /** pino's: 40 warn, 50 error, 60 fatal. */
  readonly level: number;
  /** Unix ms. */
  readonly timeMs: number;
  readonly message: string;
  /** The other fields, as JSON. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Where the log passes by on its way out. */
export interface LogTap {
  /** A stream for pino. */
  readonly stream: Writable;
  /** Calls back with every line from now on. Answers the function that ends it. */
  onLine(listener: (line: LogLine) => void): () => void;
}

const lineSchema = z.looseObject({ level: z.number(), time: z.number(), msg: z.string().default('') });

/** Creates a tap. */
export function createLogTap(): LogTap {
  const listeners = new Set<(line: LogLine) => void>();
  const hear = (text: string): void => {
    const { data } = lineSchema.safeParse(JSON.parse(text));
    if (data === undefined) return;
    const {
      level,
      time: timeMs,
      msg: message,
      pid: _pid,
      hostname: _hostname,
      name: _name,
      ...fields
    } = data;
    for (const listener of listeners) listener({ level, timeMs, message, fields });
  };
  return {
    stream: new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        if (listeners.size > 0) for (const text of chunk.split('\n')) if (text !== '') hear(text);
        done();
      },
    }),
    onLine(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
