import type { AgentEvent } from '../domain/event.ts';
import { createEventRedactor } from './event-redactor.ts';
import { createJsonRedactor } from './json-redactor.ts';
import { createKeyClassifier } from './keys/classify-key.ts';
import { allowedContent, type PrivacySettings } from './keys/content.ts';
import { createOtlpRedactor, type OtlpRedactor } from './otlp-redactor.ts';
import { createTextRedactor, type TextRedactor } from './text/redact-text.ts';

/**
 * Takes secrets, personal data and closed content out of everything that comes in, before anything is stored.
 * Pure: the same input gives the same output, and redacting twice is redacting once.
 */
export interface Redactor {
  /** An event without what must not be kept; the given one is not changed. */
  readonly event: (event: AgentEvent) => AgentEvent;
  /** An agent's own export request, redacted in place. */
  readonly otlp: OtlpRedactor;
  /** A single text, for messages that quote input. */
  readonly text: TextRedactor;
}

/**
 * Builds the redactor that the settings ask for.
 * @param privacy the `privacy` section of the bridge's configuration
 * @param includeAccount `telemetry.include_account`: e-mail addresses and account ids may stay
 * @throws MonitorError `invalid` when a rule in `privacy.redact` cannot be used
 */
export function createRedactor(privacy: PrivacySettings, includeAccount: boolean): Redactor {
  const redactText = createTextRedactor({ redact: privacy.redact, keepEmails: includeAccount });
  const classify = createKeyClassifier({ redactText, includeAccount });
  const json = createJsonRedactor({ redactText, classify, allowed: allowedContent(privacy) });
  return {
    event: createEventRedactor({ json, classify, redactText }),
    otlp: createOtlpRedactor({ json, classify, redactText }),
    text: redactText,
  };
}
