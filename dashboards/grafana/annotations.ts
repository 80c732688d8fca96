import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { ANNOTATION } from './colours.ts';
import { datasource } from './datasources.ts';
import { records } from './queries.ts';
import { events } from './selectors.ts';

interface AnnotationDefinition {
  readonly name: string;
  /** Filters of `events`. */
  readonly filters: readonly string[];
  /** Shown until the reader switches it off; no more than two are. */
  readonly isOn: boolean;
}

const ANNOTATIONS: readonly AnnotationDefinition[] = [
  { name: 'Commits and pull requests', filters: ['event_name=~"git.commit|git.pull_request"'], isOn: true },
  { name: 'Compactions', filters: ['event_name=~"span.end|compaction"', 'pre_tokens!=""'], isOn: true },
  { name: 'Mode changes', filters: ['event_name="mode.change"'], isOn: false },
  { name: 'Limits', filters: ['event_name="api.request"', 'error_type="429"'], isOn: false },
  { name: 'Sessions begun or taken up again', filters: ['event_name="session.start"'], isOn: false },
];
/** Beyond this a graph is all lines. */
const MAX_SHOWN = 200;

/** Lines across every graph where something happened that explains it; each can be switched at the top. */
export function annotations(): AnnotationQueryBuilder[] {
  return ANNOTATIONS.map(({ name, filters, isOn }) =>
    new AnnotationQueryBuilder()
      .name(name)
      .datasource(datasource('loki'))
      .enable(isOn)
      .iconColor(ANNOTATION)
      .target(records(events(...filters), MAX_SHOWN).builder.refId('Anno'))
      .titleFormat('{{event_name}}')
      .textFormat('{{project}} / {{agent}}'),
  );
}
