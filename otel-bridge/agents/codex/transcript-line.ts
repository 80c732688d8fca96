import { objectOf, textOf } from '../../domain/values.ts';

/** One line of a transcript, as far as it is understood. */
export interface TranscriptLine {
  /** session_meta, turn_context, event_msg, response_item, token_usage_record, compacted, ... */
  readonly type: string;
  /** Of the payload: `task_started`, `function_call`, ...; empty where it has none. */
  readonly kind: string;
  /** Unix ms. */
  readonly tsMs: number;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Beside the payload, on `response_item`. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Reads a parsed line; null where it has no type, payload or time. */
export function readTranscriptLine(value: unknown): TranscriptLine | null {
  const raw = objectOf(value);
  const type = textOf(raw?.type);
  const payload = objectOf(raw?.payload);
  const tsMs = Date.parse(textOf(raw?.timestamp) ?? '');
  if (raw === undefined || type === undefined || payload === undefined || Number.isNaN(tsMs)) return null;
  return { type, kind: textOf(payload.type) ?? '', tsMs, payload, metadata: objectOf(raw.metadata) ?? {} };
}
