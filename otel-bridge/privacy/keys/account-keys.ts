import { endsInWord } from './normalise-key.ts';

/** Who the person or organisation behind an agent is. */
const ACCOUNT_WORDS = [
  'user_id',
  'user_email',
  'user_name',
  'user_full_name',
  'user_hash',
  'user_groups',
  'user_account_id',
  'user_account_uuid',
  'username',
  'account_id',
  'account_uuid',
  'account_email',
  'account_name',
  'email',
  'email_address',
  'organization_id',
  'organization_uuid',
  'organization_name',
  'organisation_id',
  'org_id',
  'org_uuid',
  'enduser_id',
  'installation_id',
  'process_owner',
  'sender_id',
  'sender_name',
  'sender_username',
  'sender_e164',
];

/** True for keys that name a person's or organisation's account. */
export function isAccountKey(normalised: string): boolean {
  return ACCOUNT_WORDS.some((word) => endsInWord(normalised, word));
}

/** True for the command line of the agent's process: it holds the prompt whatever the agent's settings say. */
export function isCommandLineKey(normalised: string): boolean {
  return normalised === 'process_command_args' || normalised === 'process_command_line';
}
