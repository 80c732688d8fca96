const BEGIN = '<!-- figures: written by `npm run bench` -->';
const END = '<!-- end of figures -->';

/**
 * The README with these figures in the place of those that it has.
 * @throws Error where it has no place for them
 */
export function withFigures(readme: string, figures: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`The README has no place for figures: put "${BEGIN}" and "${END}" into it`);
  }
  return `${before}${BEGIN}\n${figures.trim()}\n${END}${after}`;
}

/** The figures of a report: when and where they were measured, and the table without its notes. */
export function figuresOf(report: string): string {
  return report
    .split('\n')
    .filter((line) => !line.startsWith('#') && !line.startsWith('- '))
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n');
}
