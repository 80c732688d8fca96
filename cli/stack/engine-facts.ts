/** What the stack has to know of the engine that runs it. */
export interface EngineFacts {
  /** Version of Docker Engine. */
  readonly version: string;
  /** Version of the Compose plugin. */
  readonly composeVersion: string;
  /** Docker's socket, as containers can mount it. */
  readonly socketPath: string;
  readonly socketGroupId: number;
  /** The container's root is this user; other users of containers are nobody that owns files here. */
  readonly isRootless: boolean;
  /** The engine runs in a virtual machine (Docker Desktop): folders of the host are behind a shared mount. */
  readonly isVirtualMachine: boolean;
}
