/** What libvirt says of one domain: the groups of `virsh domstats --raw`, units as libvirt has them. Absent = not told. */
export interface DomainStats {
  readonly name: string;
  /** virDomainState: 1 running, 2 blocked, 3 paused, 4 shutdown, 5 shutoff, 6 crashed, 7 pmsuspended. */
  stateCode?: number;
  reasonCode?: number;
  /** Nanoseconds. */
  cpuTimeNs?: number;
  cpuUserNs?: number;
  cpuSystemNs?: number;
  /** KiB, and counts, by the names that libvirt gives them: `current`, `rss`, `unused`, `major_fault`. */
  readonly balloon: Record<string, number>;
  vcpuCurrent?: number;
  vcpuMaximum?: number;
  readonly vcpus: VcpuStats[];
  readonly interfaces: DeviceStats[];
  readonly disks: DeviceStats[];
  /** Lines about it that could not be understood; left out where there are none. */
  unread?: UnreadLines;
}

/** A domain as libvirt tells it, and who it is. */
export interface Domain extends DomainStats {
  /** Null where libvirt does not tell it. */
  readonly uuid: string | null;
  /** libvirt's number of it, another one after each start. Null while it is off; left out where libvirt does not tell. */
  readonly runId?: string | null;
}

/** One virtual CPU, by its number. */
export interface VcpuStats {
  readonly index: number;
  timeNs?: number;
  waitNs?: number;
  /** Ready to run and not let: steal. */
  delayNs?: number;
}

/** One disk or network interface: figures by libvirt's names (`rd.bytes`, `rx.pkts`). */
export interface DeviceStats {
  readonly index: number;
  name?: string;
  readonly values: Record<string, number>;
}

/** Lines that could not be understood. */
export interface UnreadLines {
  count: number;
  /** The first of them, as far as it is shown. */
  readonly first: string;
}

/** Domains, and lines of none that could not be understood. */
export interface DomainStatsReading {
  readonly domains: DomainStats[];
  /** Null where all of it was understood. */
  readonly unread: UnreadLines | null;
}
