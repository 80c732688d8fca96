import type { DatabaseSync } from 'node:sqlite';
import type { ContextUse } from '../../domain/read-model.ts';
import { isMalformedJson } from './sqlite-error.ts';

/** Prompt of a call. */
const USED = 'input_tokens + cache_read_tokens + cache_creation_tokens';
const WINDOW = "coalesce(data ->> 'context_window_tokens', data ->> 'model_window_tokens')";
/** Calls of the conversation itself; sub-agents have contexts of their own. */
const IS_MAIN = `kind = 'api' AND superseded = 0 AND ${USED} > 0 AND data ->> 'aggregate' IS NULL
  AND coalesce(data ->> 'query_source', 'main') = 'main'`;

/**
 * Reads how full the context of a session is, and was at most; null where no call of it is known, or a damaged disk left
 * one that cannot be read: the figures of all other sessions shall not wait for it.
 */
export function createContextReader(database: DatabaseSync): (sessionId: string) => ContextUse | null {
  const last = database.prepare(
    `SELECT kind, ${USED} AS used, ${WINDOW} AS window, data ->> 'post_tokens' AS post,
       data ->> 'used_tokens' AS told, data ->> 'window_tokens' AS told_window
     FROM facts WHERE session_id = ? AND ((${IS_MAIN})
       OR (kind = 'span' AND data ->> 'kind' = 'compaction' AND data ->> 'post_tokens' IS NOT NULL)
       OR (kind = 'event' AND event_type = 'context.snapshot' AND data ->> 'used_tokens' IS NOT NULL))
     ORDER BY at_ms DESC, id DESC LIMIT 1`,
  );
  const peak = database.prepare(
    `SELECT max(${USED}) AS used, ${WINDOW} AS window FROM facts WHERE session_id = ? AND ${IS_MAIN}`,
  );
  const read = (sessionId: string) => {
    try {
      return { most: peak.get(sessionId), now: last.get(sessionId) };
    } catch (error) {
      if (isMalformedJson(error)) return { most: undefined, now: undefined };
      throw error;
    }
  };
  return (sessionId) => {
    const { most, now } = read(sessionId);
    if (now === undefined) return null;
    const usedTokens = Number(now.told ?? now.post ?? now.used);
    const windowTokens =
      numberOrNull(now.told_window) ?? numberOrNull(now.window) ?? numberOrNull(most?.window);
    const peakTokens = Math.max(usedTokens, Number(most?.used ?? 0));
    // A context that is fuller than it can be has another window than the one that is known.
    const isKnown = windowTokens !== null && windowTokens > 0 && peakTokens <= windowTokens;
    return {
      usedTokens,
      peakTokens,
      windowTokens: isKnown ? windowTokens : null,
      share: isKnown ? usedTokens / windowTokens : null,
      peakShare: isKnown ? peakTokens / windowTokens : null,
    };
  };
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
