/** Adds lines to a spool, as one of many processes: `node appender.ts FOLDER NAME COUNT`. */
import { appendToSpool } from '../../../../otel-bridge/host/spool/append-to-spool.ts';

const [, , folder = '', name = '', count = '0'] = process.argv;
for (let i = 0; i < Number(count); i += 1) {
  appendToSpool(folder, JSON.stringify({ name, i, text: 'x'.repeat((i * 37) % 900) }));
}
