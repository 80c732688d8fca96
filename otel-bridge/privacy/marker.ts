/** What stands where something was taken out. Redacting it again changes nothing. */
export const REDACTED = '[redacted]';
