/**
 * Renders `OTEL_RESOURCE_ATTRIBUTES`: `key=value` pairs joined by commas, values percent-encoded, as the
 * OpenTelemetry resource specification wants it. Letters outside ASCII, spaces, commas and `=` become `%XX`.
 */
export function renderResourceAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([key, value]) => `${key}=${percentEncode(value)}`)
    .join(',');
}

/** `encodeURIComponent` leaves `!'()*~` alone; a shell does not. */
function percentEncode(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
