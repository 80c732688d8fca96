/** `source.framework` of Codex's events. */
export const CODEX = 'codex';
