import type { Domain } from './domain-stats.ts';

/** Names of virDomainState (libvirt-domain.h), by code, as `virsh` says them in one word. */
export const DOMAIN_STATES = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
] as const;
/** See `DOMAIN_STATES`. */
export type DomainState = (typeof DOMAIN_STATES)[number] | 'unknown';

/** Reasons by state: virDomainRunningReason and the others of libvirt-domain.h, in their order. */
const REASONS: Readonly<Partial<Record<DomainState, readonly string[]>>> = {
  running: [
    'unknown',
    'booted',
    'migrated',
    'restored',
    'from_snapshot',
    'unpaused',
    'migration_canceled',
    'save_canceled',
    'wakeup',
    'crashed',
    'postcopy',
    'postcopy_failed',
  ],
  paused: [
    'unknown',
    'user',
    'migration',
    'save',
    'dump',
    'ioerror',
    'watchdog',
    'from_snapshot',
    'shutting_down',
    'snapshot',
    'crashed',
    'starting_up',
    'postcopy',
    'postcopy_failed',
    'api_error',
  ],
  shutdown: ['unknown', 'user'],
  shutoff: [
    'unknown',
    'shutdown',
    'destroyed',
    'crashed',
    'migrated',
    'saved',
    'failed',
    'from_snapshot',
    'daemon',
  ],
  crashed: ['unknown', 'panicked'],
};

/** The state of a code; `unknown` for one that this version does not know. */
export function domainState(code: number | undefined): DomainState {
  return (code === undefined ? undefined : DOMAIN_STATES[code]) ?? 'unknown';
}

/** The reason of a code within a state; null where there is none. */
export function stateReason(state: DomainState, code: number | undefined): string | null {
  return code === undefined ? null : (REASONS[state]?.[code] ?? null);
}

const OFF: ReadonlySet<DomainState> = new Set(['nostate', 'shutoff', 'crashed', 'unknown']);

/**
 * Whether its counters go on: a domain that is off still reports some, and they are not those of the last run. libvirt
 * gives a number to what it runs; where it tells none, the state says so.
 */
export function isAlive({ runId, stateCode }: Pick<Domain, 'runId' | 'stateCode'>): boolean {
  return runId === undefined ? !OFF.has(domainState(stateCode)) : runId !== null;
}
