import { readFileSync } from 'node:fs';

/** What an installed hook knows: `monitor hooks install` writes it beside the sender, for the owner alone. */
export interface SenderConfig {
  /** Base URL of the bridge's ingest port. */
  readonly url: string;
  readonly token: string | null;
  /** Name of this machine. */
  readonly host: string;
  readonly project: string | null;
  readonly agent: string | null;
  /** Folder that keeps what cannot be delivered. */
  readonly spool: string;
}

/** Reads it. @throws Error where there is none, or where it is not JSON */
export function readSenderConfig(path: string): SenderConfig {
  return JSON.parse(readFileSync(path, 'utf8')) as SenderConfig;
}
