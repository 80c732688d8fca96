import { REMEDIES } from './remedies.ts';

/** The runbook, Markdown: a section per alert, its heading the alert's name, to which the annotation `runbook` points. */
export function buildRunbook(): string {
  const sections = Object.entries(REMEDIES).map(([name, { cause, steps }]) =>
    [`## ${name}`, '', cause, '', ...steps.map((step, index) => `${index + 1}. ${step}`), ''].join('\n'),
  );
  return ['# What to do when an alert fires', '', ...sections].join('\n');
}
