/** What is kept of a dashboard's variables and time when a cell leads to another. */
const TIME = filledIn('__url_time_range');
const KEPT = [
  ...['project', 'agent', 'host', 'model'].map((name) => filledIn(`${name}:queryparam`)),
  TIME,
].join('&');
/** Text of the cell that is clicked. */
const CELL = filledIn('__value.text');

/** A link of a table's cell. */
export interface CellLink {
  readonly title: string;
  /** Relative to Grafana's address. */
  readonly url: string;
}

const SESSION = `/d/agent-monitor-session-timeline?var-session=${CELL}`;
const TIMELINE = `${SESSION}&${KEPT}`;

/** The cells of these labels lead on, in every table: label -> where to. */
const CELL_LINKS: Readonly<Record<string, CellLink>> = {
  session_id: { title: 'Timeline of this session', url: TIMELINE },
  child_session_id: { title: 'Timeline of this session', url: TIMELINE },
  parent_session_id: { title: 'Timeline of the session that began this one', url: TIMELINE },
  host_name: { title: 'Machines of this host', url: `/d/agent-monitor-machines?var-host=${CELL}&${TIME}` },
  trace_id: { title: 'Open the trace', url: `/explore?left=${traceQuery()}` },
};

/**
 * The same from a row that says whose session it is: Loki reads the events of that agent alone, which are found by index
 * labels, where the session's are not.
 */
const OWN_SESSION = `${SESSION}&var-project=${ofRow('Project')}&var-agent=${ofRow('Agent')}`;
const TITLE = 'Timeline of this session';
const OWN_TIMELINE: CellLink = { title: TITLE, url: `${OWN_SESSION}&${TIME}` };
/** And from one that says when it began: Loki reads nothing from before. */
const OWN_TIME: CellLink = {
  title: TITLE,
  url: `${OWN_SESSION}&from=${filledIn('__data.fields["First event"].numeric')}&to=${filledIn('__to')}`,
};

/** Titles of what a table shows. */
interface Titles {
  /** Label -> title of the column. */
  readonly keys: Readonly<Record<string, string>>;
  readonly columns: readonly { readonly title: string }[];
}

/** The link of a label's cells; undefined where they lead nowhere. */
export function cellLink(label: string, { keys, columns }: Titles): CellLink | undefined {
  const isOwned = keys.project === 'Project' && keys.agent === 'Agent';
  if (label !== 'session_id' || !isOwned) return CELL_LINKS[label];
  return columns.some(({ title }) => title === 'First event') ? OWN_TIME : OWN_TIMELINE;
}

/** What the row of the clicked cell has in another column, as part of an address. */
function ofRow(title: string): string {
  return filledIn(`__data.fields.${title}:percentencode`);
}

/** State of Grafana's Explore that shows one trace. */
function traceQuery(): string {
  return JSON.stringify({
    datasource: filledIn('jaeger_datasource'),
    queries: [{ refId: 'A', query: CELL }],
    range: { from: filledIn('__from'), to: filledIn('__to') },
  });
}

/** A variable as Grafana fills it in. */
function filledIn(name: string): string {
  return `\${${name}}`;
}
