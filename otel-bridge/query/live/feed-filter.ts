import { readParameters, textParameter } from '../parameters.ts';

/** Which events a watcher wants; absent = all. */
export interface FeedFilter {
  readonly event_type?: string | undefined;
  readonly framework?: string | undefined;
  readonly session_id?: string | undefined;
}

/**
 * Reads the filter out of the address of a request.
 * @throws MonitorError `invalid` that names each wrong parameter
 */
export function readFeedFilter(url: string): FeedFilter {
  const [, query = ''] = url.split('?', 2);
  const parameters = Object.fromEntries(new URLSearchParams(query));
  return readParameters(
    { event_type: textParameter, framework: textParameter, session_id: textParameter },
    parameters,
  );
}
