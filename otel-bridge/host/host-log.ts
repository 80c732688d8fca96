/** Where the host part says what went wrong, one line each. A pino logger is one. */
export interface HostLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
