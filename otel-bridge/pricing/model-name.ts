/** Providers' ways to write the name of one model, as prefixes: regions of Bedrock, namespaces, routers. */
const PREFIXES = [
  /^arn:[^/]*\//,
  /^(?:bedrock|vertex_ai|vertex|azure|azure_ai|openrouter|litellm|google)\//,
  /^(?:us|eu|apac|ap|jp|au|ca|sa|global|us-gov)\.(?=anthropic\.|amazon\.|meta\.)/,
  /^anthropic[./]/,
  /^(?:openai|google|models)\//,
];

/**
 * The name that price lists use: lower case, without the provider's prefix (`us.anthropic.`, `bedrock/`), the size of
 * the context (`[1m]`), the revision (`-v1:0`, `-v2@...`) and with a date written as `-20250929`.
 */
export function normaliseModelName(model: string): string {
  let name = model.trim().toLowerCase();
  for (const prefix of PREFIXES) name = name.replace(prefix, '');
  return name
    .replace(/\[[^[\]]*\]$/, '')
    .replace(/-v\d+(?::\d+)?(?=@|$)/, '')
    .replace(/@(?=\d{8}$)/, '-')
    .replace(/@(?:latest|default)$/, '');
}

/** The name without its release date: `claude-opus-4-5-20251101` -> `claude-opus-4-5`. */
export function undatedModelName(model: string): string {
  return model.replace(/-20\d{6}$/, '').replace(/-20\d{2}-\d{2}-\d{2}$/, '');
}
