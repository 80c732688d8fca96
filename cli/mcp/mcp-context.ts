import type { z } from 'zod';
import type { Query } from '../bridge-api/bridge-client.ts';

/** What the tools work with. */
export interface McpContext {
  /**
   * The session that a call is about: the one that it names, else the one of the agent that started this server.
   * @throws CliError USAGE where none is named and none can be found for sure
   */
  sessionOf(named: string | undefined): Promise<string>;
  /** Asks the bridge. @throws CliError */
  get<Value>(path: string, query: Query, schema: z.ZodType<Value>): Promise<Value>;
  /** Stores an event of a session. @throws CliError where it is not durable */
  tell(type: string, sessionId: string, payload: Readonly<Record<string, unknown>>): Promise<void>;
}
