/*
 * What the journal's thread loads, a file of its own beside the program: that thread holds the text of what it loads, and
 * what the other roles are made of is four times as much.
 */
export { runJournalThread } from './journal-thread.ts';
