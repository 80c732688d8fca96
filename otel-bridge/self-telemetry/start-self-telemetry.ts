import { setTimeout as delay } from 'node:timers/promises';
import type { LogLine, LogTap } from './log-tap.ts';
import type { Sdk, SdkOptions } from './sdk.ts';
import { createSpanBudget } from './span-budget.ts';

/** `service.name` of what the bridge says about itself; what it says about agents is `agent-monitor`. */
export const SELF_SERVICE_NAME = 'agent-monitor-bridge';

/** What self-telemetry needs. */
export interface SelfTelemetryOptions extends SdkOptions {
  readonly logTap: Pick<LogTap, 'onLine'>;
  /** Takes out of a text what must not leave. */
  readonly redactText: (text: string) => string;
  /** Unix ms. @default Date.now */
  readonly now?: () => number;
}

/** Levels of pino from here on leave. */
const WARN = 40;
const SPANS_PER_MINUTE = 120;
/** How long the end may wait for a target. */
const SHUTDOWN_MS = 1_000;

/**
 * Tells the targets about the bridge's own work, through the OpenTelemetry SDK. It goes past the journal and the
 * outbox, so that it cannot feed itself, and may be lost where those may not. Dispose it to end.
 */
export async function startSelfTelemetry(options: SelfTelemetryOptions): Promise<AsyncDisposable> {
  const { work, logTap, redactText, now = Date.now } = options;
  const { startSdk } = await import('./sdk.ts');
  const sdk: Sdk = startSdk(options);
  const budget = createSpanBudget(SPANS_PER_MINUTE, now);
  const stopWork = work.onWork((finished) => {
    if (!budget.take(finished.error !== null)) return;
    sdk.span({ ...finished, error: finished.error === null ? null : redactText(finished.error) });
  });
  const stopLog = logTap.onLine((line) => {
    if (line.level >= WARN) sdk.log(redactLine(line, redactText));
  });
  return {
    async [Symbol.asyncDispose]() {
      stopWork();
      stopLog();
      const timeUp = new AbortController();
      await Promise.race([
        // The SDK says what went wrong to nobody on purpose: delivery tells the same of the same target.
        sdk.shutdown().catch(() => undefined),
        delay(SHUTDOWN_MS, undefined, { signal: timeUp.signal }).catch(() => undefined),
      ]);
      timeUp.abort();
    },
  };
}

function redactLine(line: LogLine, redactText: (text: string) => string): LogLine {
  const fields = Object.entries(line.fields).map(([key, value]) => {
    if (typeof value === 'number' || typeof value === 'boolean') return [key, value];
    return [key, redactText(typeof value === 'string' ? value : JSON.stringify(value))];
  });
  return { ...line, message: redactText(line.message), fields: Object.fromEntries(fields) };
}
