import { endsInWord } from './normalise-key.ts';

/**
 * How surely a key names a secret.
 * `password`: whatever is behind it. `secret`: any text behind it. `token`: text that is not a word of the glossary
 * (agents also count tokens, `gen_ai.token.type` = "input").
 */
export type SecretKind = 'password' | 'secret' | 'token';

/** Also behind other letters: `PGPASSWORD`, `clientsecret`, `authtoken`. */
const PASSWORD_ENDINGS = ['password', 'passwd', 'passphrase', 'passcode'];
const SECRET_ENDINGS = [
  'secret',
  'secrets',
  'api_key',
  'apikey',
  'api_keys',
  'apikeys',
  'accesskey',
  'secretkey',
  'privatekey',
  'accountkey',
  'credential',
  'credentials',
  'authorization',
  'cookie',
  'cookies',
  'connectionstring',
];

/** As whole words only. */
const PASSWORD_WORDS = ['pwd', 'db_pass', 'user_pass', 'smtp_pass', 'mail_pass', 'pin_code', 'otp_code'];
const SECRET_WORDS = [
  'app_key',
  'access_key',
  'access_key_id',
  'secret_key',
  'private_key',
  'signing_key',
  'encryption_key',
  'master_key',
  'account_key',
  'shared_key',
  'auth_key',
  'license_key',
  'subscription_key',
  'service_key',
  'deploy_key',
  'storage_key',
  'ssh_key',
  'connection_string',
  'jwt',
  'webhook_url',
  'auth_header',
];

/** What keys that end in `token` hold when they do not hold a token. */
const TOKEN_WORDS = new Set([
  'input',
  'output',
  'total',
  'cache_read',
  'cache_write',
  'cache_creation',
  'cached_input',
  'reasoning',
  'reasoning_output',
  'tool',
  'thought',
  'prompt',
  'completion',
]);

/** Whether a normalised key names a secret. */
export function secretKind(normalised: string): SecretKind | null {
  if (normalised.endsWith('token')) return 'token';
  const ends = (ending: string): boolean => normalised.endsWith(ending);
  const isLastWord = (word: string): boolean => endsInWord(normalised, word);
  if (PASSWORD_ENDINGS.some(ends) || PASSWORD_WORDS.some(isLastWord)) return 'password';
  if (SECRET_ENDINGS.some(ends) || SECRET_WORDS.some(isLastWord)) return 'secret';
  return null;
}

/** True for the words that say which tokens are counted. */
export function isTokenWord(value: string): boolean {
  return TOKEN_WORDS.has(value);
}
