import { describe } from 'vitest';
import { describeAppend } from './append-contract.ts';
import { describeKeeping } from './keeping-contract.ts';
import type { OpenJournal } from './opened-journal.ts';
import { describeOutbox } from './outbox-contract.ts';
import { describeWriter } from './writer-contract.ts';

/** What every implementation of the journal keeps, whatever it is built on. @param name of the implementation */
export function describeJournal(name: string, open: OpenJournal): void {
  describe(`the journal on ${name}`, () => {
    describeAppend(open);
    describeOutbox(open);
    describeKeeping(open);
    describeWriter(open);
  });
}
