import type { IncomingMessage } from 'node:http';
import type { BridgeConfig } from '../config.ts';
import type { GuardRules } from '../domain/guardrail.ts';
import type { Journal } from '../domain/journal.ts';
import type { ReadModel } from '../domain/read-model.ts';
import type { Operations } from './operations.ts';
import type { ServiceStatus } from './service-status.ts';

/** Who may ask. The door of the bridge knows; the query server is told. */
export interface QueryAccess {
  /** True for a Host header that is answered; a page of another site that made its name point here has another one. */
  isKnownHost(host: string | undefined): boolean;
  /** True for an Origin header whose pages may read; browsers send one, other clients do not. */
  isKnownOrigin(origin: string, host: string | undefined): boolean;
  /** True where this peer may read, with this token; null = it has none. */
  mayRead(request: IncomingMessage, token: string | null): boolean | Promise<boolean>;
}

/** Where the query server tells what an operator should know. pino fits. */
export interface QueryLog {
  error(fields: object, message: string): void;
}

/** Options of `createQueryServer`. */
export interface QueryServerOptions {
  readonly config: Pick<BridgeConfig, 'timezone' | 'billing' | 'prices' | 'sessions' | 'facts'>;
  readonly readModel: ReadModel;
  /** Guardrails of a project. */
  readonly rulesOf: (project: string) => GuardRules;
  /** Calls back with events once they are durable, for the live feed. */
  readonly onEvents: Journal['onEvents'];
  readonly access: QueryAccess;
  readonly operations: Operations;
  readonly status: () => ServiceStatus | Promise<ServiceStatus>;
  /** Unix ms. @default Date.now */
  readonly clock?: () => number;
  readonly log: QueryLog;
}

/** What every route is given. */
export type RouteContext = Required<QueryServerOptions>;
