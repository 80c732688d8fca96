/** `source.framework` of Gemini CLI's events, and the `service.name` of its telemetry. */
export const GEMINI_CLI = 'gemini-cli';
