import { recordAdapter } from '../gemini-records/record-adapter.ts';
import { GEMINI_CLI } from './framework.ts';
import { geminiRecord } from './log-events.ts';

/** Gemini CLI's own OpenTelemetry (0.61). `service.version` of its resource is the version of Node. */
export const geminiCliTelemetry = recordAdapter({ framework: GEMINI_CLI, meanings: geminiRecord });
