import { formatSize } from '../output/format-size.ts';
import { renderTable } from '../output/render-table.ts';

/** A row of the list. */
export interface VmRow {
  readonly name: string;
  readonly project: string;
  readonly state: string;
  readonly reason: string | null;
  readonly registered: boolean;
  readonly issues: readonly string[];
  /** Null = not known, which is not 0. */
  readonly cpuShare: number | null;
  readonly memoryBytes: number | null;
  readonly gateway: string | null;
}

const UNKNOWN = '-';

/** A table of virtual machines; what is not known is a dash. */
export function renderVms(rows: readonly VmRow[]): string {
  return renderTable(
    [
      { title: 'VM' },
      { title: 'PROJECT' },
      { title: 'STATE' },
      { title: 'CPU', align: 'right' },
      { title: 'MEMORY', align: 'right' },
      { title: 'GATEWAY' },
      { title: 'ISSUES' },
    ],
    rows.map(({ name, project, state, reason, registered, issues, cpuShare, memoryBytes, gateway }) => [
      registered ? printable(name) : `${printable(name)} (not registered)`,
      project,
      reason === null || reason === 'unknown' ? state : `${state} (${reason})`,
      cpuShare === null ? UNKNOWN : `${Math.round(cpuShare * 100)} %`,
      memoryBytes === null ? UNKNOWN : formatSize(memoryBytes),
      gateway ?? UNKNOWN,
      printable(issues.join('; ')) || UNKNOWN,
    ]),
  );
}

/** A name may hold anything, also what moves a terminal's cursor. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
