import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { ANNOTATION } from './colours.ts';
import { datasource } from './datasources.ts';
import { overTime, type Query, records } from './queries.ts';
import { notable } from './selectors.ts';

interface AnnotationDefinition {
  readonly name: string;
  readonly query: Query;
  /** Text of a line; `{{label}}` names labels. */
  readonly text: string;
  /** Shown until the reader switches it off; no more than two are. */
  readonly isOn: boolean;
}

/** Beyond this a graph is all lines. */
const MAX_SHOWN = 200;
/** A part is looked at twice a minute. */
const RESTARTED = 'changes(process_start_time_seconds[2m]) > 0';

/** Lines across every graph where something happened that explains it; each can be switched at the top. */
export function annotations(): AnnotationQueryBuilder[] {
  return [
    told('Commits and pull requests', true, 'event_name=~"git.commit|git.pull_request"'),
    told('Compactions', true, 'event_name=~"span.end|compaction"', 'pre_tokens!=""'),
    told('Mode changes', false, 'event_name="mode.change"'),
    told('Limits', false, 'event_name="api.request"', 'error_type="429"'),
    told('Sessions begun or taken up again', false, 'event_name="session.start"'),
    {
      name: 'Restarts of Prometheus and Loki',
      query: overTime(RESTARTED, '{{job}}'),
      text: '{{job}} began anew',
      isOn: false,
    },
  ].map(({ name, query: { store, builder }, text, isOn }) =>
    new AnnotationQueryBuilder()
      .name(name)
      .datasource(datasource(store))
      .enable(isOn)
      .iconColor(ANNOTATION)
      .target(builder.refId('Anno'))
      .titleFormat(store === 'loki' ? '{{event_name}}' : name)
      .textFormat(text),
  );
}

/** What events tell. @param filters those of `events` */
function told(name: string, isOn: boolean, ...filters: readonly string[]): AnnotationDefinition {
  return { name, query: records(notable(...filters), MAX_SHOWN), text: '{{project}} / {{agent}}', isOn };
}
