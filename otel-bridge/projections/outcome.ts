import type { Outcome } from '../domain/fact.ts';
import { entryOf, numberOf, textOf } from '../domain/values.ts';

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  success: 'success',
  ok: 'success',
  completed: 'success',
  true: 'success',
  failure: 'failure',
  failed: 'failure',
  error: 'error',
  rejected: 'rejected',
  denied: 'rejected',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  aborted: 'cancelled',
  timeout: 'failure',
  false: 'failure',
};

/** Outcome of what ended, from `status`, `success`, `error` or the exit code. */
export function outcomeOf(payload: Readonly<Record<string, unknown>>): Outcome {
  const exitCode = numberOf(payload.exit_code);
  const status =
    textOf(payload.status)?.toLowerCase() ??
    (payload.success === undefined ? undefined : String(payload.success));
  const stated = status === undefined ? undefined : entryOf(OUTCOMES, status);
  if (exitCode !== undefined && exitCode !== 0 && (stated === undefined || stated === 'success'))
    return 'failure';
  if (stated !== undefined) return stated;
  if (textOf(payload.error) !== undefined || textOf(payload.error_type) !== undefined) return 'error';
  return exitCode === 0 ? 'success' : 'unknown';
}
