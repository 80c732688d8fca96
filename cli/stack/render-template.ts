/** What a template is filled with. */
export interface TemplateValues {
  /** `<name>` becomes the value. */
  readonly values: Readonly<Record<string, string | number>>;
  /** Lines between `# <if name>` and `# <end>` stay where the flag is true. */
  readonly flags: Readonly<Record<string, boolean>>;
}

const IF_LINE = /^\s*# <if ([a-z_]+)>$/;
const END_LINE = /^\s*# <end>$/;
const PLACEHOLDER = /<([a-z_]+)>/g;

/**
 * Fills a template. Templates are valid YAML by themselves.
 * @throws Error where the template names something that is not there: a mistake in this package
 */
export function renderTemplate(template: string, { values, flags }: TemplateValues): string {
  const lines: string[] = [];
  let isShown = true;
  for (const line of template.split('\n')) {
    const [, flag] = IF_LINE.exec(line) ?? [];
    if (flag !== undefined) isShown = lookUp(flags, flag);
    else if (END_LINE.test(line)) isShown = true;
    else if (isShown)
      lines.push(line.replace(PLACEHOLDER, (_, name: string) => String(lookUp(values, name))));
  }
  return lines.join('\n');
}

function lookUp<Value>(from: Readonly<Record<string, Value>>, name: string): Value {
  const value = from[name];
  if (value === undefined) throw new Error(`the template names "${name}", which is not given`);
  return value;
}
