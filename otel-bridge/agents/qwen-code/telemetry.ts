import { recordAdapter } from '../gemini-records/record-adapter.ts';
import { QWEN_CODE } from './framework.ts';
import { qwenRecord } from './log-events.ts';

/** Qwen Code's own OpenTelemetry (0.24). */
export const qwenCodeTelemetry = recordAdapter({
  framework: QWEN_CODE,
  meanings: qwenRecord,
  versionAttribute: 'service.version',
});
