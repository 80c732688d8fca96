/** Where the host part says what went wrong, one line each. A pino logger is one. */
export interface HostLog {
  info(message: string): void;
  warn(message: string): void;
}
