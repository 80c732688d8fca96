import type { ServiceStatus } from '../bridge-api/service-status.ts';
import type { CommandContext } from '../command.ts';
import type { Settings } from '../settings/schema.ts';
import type { OpenedInstallation } from '../stack/open-installation.ts';

/** What a check found. Only a failure makes `doctor` fail; what could not be looked at is skipped. */
export interface Finding {
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found, one line. */
  readonly found: string;
  /** What remedies it: commands or steps; empty where nothing is wrong. */
  readonly fix: readonly string[];
}

/** Whom checks ask. Each answer is looked up once, however many checks ask for it. */
export interface Patient {
  readonly context: CommandContext;
  /** @throws CliError SETTINGS_INVALID */
  settings(): Promise<Settings>;
  /** Null where nothing was ever set up. */
  installation(): Promise<OpenedInstallation | null>;
  /** Null where the bridge does not answer. */
  status(): Promise<ServiceStatus | null>;
}

/** One thing that may be wrong. It reads, and changes nothing. */
export interface Check {
  /** Stable, for `--only` and for scripts. */
  readonly id: string;
  run(patient: Patient): Promise<Finding>;
  /** Puts right what `run` found, where that is safe. @returns what was done */
  repair?(patient: Patient): Promise<string>;
}

/** Nothing is wrong. */
export function ok(found: string): Finding {
  return { state: 'ok', found, fix: [] };
}

/** Something is not as it should be, and nothing is broken by it yet. */
export function warning(found: string, ...fix: string[]): Finding {
  return { state: 'warning', found, fix };
}

/** Something does not work. */
export function failed(found: string, ...fix: string[]): Finding {
  return { state: 'failed', found, fix };
}

/** It could not be looked at. */
export function skipped(found: string): Finding {
  return { state: 'skipped', found, fix: [] };
}
