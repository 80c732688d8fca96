/** A log that keeps what it is told. */
export class RecordingLog {
  readonly entries: { level: 'info' | 'warn' | 'error'; fields: object; message: string }[] = [];

  info(fields: object, message: string): void {
    this.entries.push({ level: 'info', fields, message });
  }

  warn(fields: object, message: string): void {
    this.entries.push({ level: 'warn', fields, message });
  }

  error(fields: object, message: string): void {
    this.entries.push({ level: 'error', fields, message });
  }

  /** Messages of a level, in order. */
  messages(level: 'info' | 'warn' | 'error'): string[] {
    return this.entries.filter((entry) => entry.level === level).map(({ message }) => message);
  }
}
