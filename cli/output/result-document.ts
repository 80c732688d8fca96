import type { CliError } from '../errors.ts';

/** What `--json` prints: exactly one document, on failure too. */
export interface ResultDocument {
  /** `agent-monitor.<verb>/1`. */
  readonly schema: string;
  readonly ok: boolean;
  readonly code: string | null;
  readonly message: string | null;
  readonly fix: readonly string[];
  readonly data: unknown;
}

/** The document of a verb (`session.list` for a verb below another) that worked, or failed with an error. */
export function toResultDocument(verb: string, data: unknown, failure: CliError | null): ResultDocument {
  return {
    schema: `agent-monitor.${verb}/1`,
    ok: failure === null,
    code: failure?.code ?? null,
    message: failure?.message ?? null,
    fix: failure?.fix ?? [],
    data: data ?? null,
  };
}
