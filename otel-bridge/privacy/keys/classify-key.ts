import type { TextRedactor } from '../text/redact-text.ts';
import { isAccountKey, isCommandLineKey } from './account-keys.ts';
import { type ContentRule, contentRule, isConversationKey } from './content-keys.ts';
import { normaliseKey } from './normalise-key.ts';
import { type SecretKind, secretKind } from './secret-keys.ts';

/** What has to happen to the value behind a key. */
export interface KeyRule {
  /** The key itself, without secrets. */
  readonly name: string;
  /** The key and its value go: command lines of agents' processes, account ids. */
  readonly drop: boolean;
  readonly secret: SecretKind | null;
  readonly content: ContentRule | null;
  /** See `isConversationKey`. */
  readonly conversation: boolean;
}

/** Judges a key. */
export type KeyClassifier = (key: string) => KeyRule;

/** Agents use some hundred keys; a sender that invents more gets no memory of ours. */
const MAX_REMEMBERED = 4096;
const MAX_REMEMBERED_LENGTH = 200;

/** Builds the judge of keys. It remembers its judgements, since the same keys come with every record. */
export function createKeyClassifier(options: {
  readonly redactText: TextRedactor;
  /** True where account ids and e-mail addresses may stay. */
  readonly includeAccount: boolean;
}): KeyClassifier {
  const remembered = new Map<string, KeyRule>();
  const classify = (key: string): KeyRule => {
    const normalised = normaliseKey(key);
    return {
      name: options.redactText(key),
      drop: isCommandLineKey(normalised) || (!options.includeAccount && isAccountKey(normalised)),
      secret: secretKind(normalised),
      content: contentRule(normalised),
      conversation: isConversationKey(normalised),
    };
  };
  return (key) => {
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const rule = classify(key);
    if (key.length <= MAX_REMEMBERED_LENGTH) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(key, rule);
    }
    return rule;
  };
}
