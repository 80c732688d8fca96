/** `source.framework` of OpenCode's events, and what it calls itself. */
export const OPENCODE = 'opencode';
