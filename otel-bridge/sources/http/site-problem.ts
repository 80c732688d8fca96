import type { IncomingMessage } from 'node:http';
import type { HostPolicy } from './host-policy.ts';
import type { Problem } from './problem.ts';

/** What is wrong with the site that a request is for or comes from; null = nothing. */
export function siteProblem(hosts: HostPolicy, { headers }: IncomingMessage): Problem | null {
  if (!hosts.isKnownHost(headers.host)) {
    return {
      status: 421,
      code: 'unknown_host',
      detail: `Cannot answer host "${headers.host ?? ''}": it is none of the names of this bridge. Use localhost, or add the name to "listen" in settings.yaml`,
    };
  }
  if (headers.origin !== undefined && !hosts.isKnownOrigin(headers.origin)) {
    return {
      status: 403,
      code: 'foreign_origin',
      detail: `Cannot answer origin "${headers.origin}": pages of other sites may not send`,
    };
  }
  return null;
}
