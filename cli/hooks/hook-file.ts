import type { FileEdit, HookRequest } from './hook-kind.ts';
import { addHooks, type IsOurs, removeHooks, type WantedHooks, withoutMark } from './hook-settings.ts';

/** Edits that make a file of hooks hold exactly the wanted handlers of ours. */
export async function installInFile(
  path: string,
  wanted: WantedHooks,
  isOurs: IsOurs,
  request: HookRequest,
): Promise<FileEdit[]> {
  const before = await request.read(path);
  const known = request.remembered(path);
  // What is there of an earlier installation goes first: addresses and tokens change.
  const isBlank = before === null || before.trim() === '';
  const clean = isBlank ? null : removeHooks(before, known?.created ?? null, isOurs, path);
  const { text, created } = addHooks(clean, wanted, path);
  if (text === before) return [];
  const handlers = Object.entries(wanted).map(([event, { url, command }]) => ({
    event,
    text: String(url ?? command),
  }));
  const existed = known?.existed ?? before !== null;
  const blank = known === null && isBlank && before !== null ? before : known?.blank;
  return [
    {
      path,
      before,
      after: text,
      memory: { existed, created, handlers, ...(blank === undefined ? {} : { blank }) },
    },
  ];
}

/** Edits that take our handlers out of a file of hooks; a file that we made goes when nothing is left in it. */
export async function removeFromFile(
  path: string,
  isOurs: IsOurs,
  request: HookRequest,
): Promise<FileEdit[]> {
  const before = await request.read(path);
  const known = request.remembered(path);
  // Where somebody took them out already they are only remembered no more: that they are missing is no news then.
  const nothing = known === null ? [] : [{ path, before, after: before }];
  if (before === null || before.trim() === '') return nothing;
  const text = removeHooks(before, known?.created ?? null, isOurs, path);
  if (text === before) return nothing;
  const isEmpty = Object.keys(JSON.parse(withoutMark(text).json) as object).length === 0;
  const left = isEmpty && known?.existed === false ? null : isEmpty ? (known?.blank ?? text) : text;
  return [{ path, before, after: left }];
}
