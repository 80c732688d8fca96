/** What is known of a virtual machine beforehand: from the registry, from settings, or from its domain alone. */
export interface VmInstance {
  /** Name for people. */
  readonly name: string;
  /** Name or UUID of its libvirt domain. */
  readonly domain: string;
  /** libvirt that has it; null = any. */
  readonly uri: string | null;
  readonly project: string;
  readonly agent: string;
  readonly framework: string;
  /** Name of the machine as its agents say it. */
  readonly host: string | null;
  /** Where ssh reaches it: `user@address`; null = it is not looked into. */
  readonly ssh: string | null;
  readonly sshPort: number | null;
  /** Port of the OpenClaw gateway in it; null = it has none. */
  readonly gatewayPort: number | null;
  /** Names of systemd services in it that must run. */
  readonly services: readonly string[];
}
