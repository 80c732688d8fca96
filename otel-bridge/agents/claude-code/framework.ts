/** `source.framework` of Claude Code's events. */
export const CLAUDE_CODE = 'claude-code';
