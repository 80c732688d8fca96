import { appendFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { TestError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/** Of one line: counterexamples of property tests are long. */
const MAX_LINE_CHARS = 400;
/** Of one failure. */
const MAX_LINES = 40;

/**
 * Appends every failure of a run to a file, short and without colours: what was expected, the difference, the cause, and
 * where. `.ci/summary.ts` prints it last, where a long log is read first.
 */
export class FailureReporter implements Reporter {
  readonly #file: string;

  /** @param file path of a text file */
  constructor(file: string) {
    this.#file = file;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message?: unknown }[]): void {
    for (const module of modules) {
      for (const error of module.errors()) this.#tell(module.relativeModuleId, error);
      for (const suite of module.children.allSuites())
        for (const error of suite.errors())
          this.#tell(`${module.relativeModuleId} > ${suite.fullName}`, error);
      for (const test of module.children.allTests('failed'))
        for (const error of test.result().errors ?? [])
          this.#tell(`${module.relativeModuleId} > ${test.fullName}`, error);
    }
    for (const error of unhandled) this.#tell('outside of any test', error as TestError);
  }

  #tell(title: string, error: TestError): void {
    const lines = linesOf(error).map((line) => line.slice(0, MAX_LINE_CHARS));
    appendFileSync(this.#file, `${[`FAILED ${title}`, ...lines.slice(0, MAX_LINES)].join('\n')}\n\n`);
  }
}

/** The cause first: of a property test it says what was wrong, and the error itself with which values. */
function linesOf(error: TestError): string[] {
  const cause = error.cause === undefined ? [] : [...linesOf(error.cause), 'in:'];
  const { stacks = [] } = error;
  const changed = stripVTControlCharacters(error.diff ?? '')
    .split('\n')
    .filter((line) => /^[-+@]/.test(line));
  const own = stacks.find(({ file }) => !file.includes('node_modules'));
  const place = own === undefined ? [] : [`  at ${own.file}:${own.line}`];
  return [...cause, ...stripVTControlCharacters(error.message).split('\n'), ...changed, ...place];
}
