import type { DatabaseSync } from 'node:sqlite';
import type { RebuildCounts } from '../../../domain/journal.ts';
import type { ProjectionSettings } from '../../../projections/settings.ts';
import type { ProjectionStore } from '../../../projections/store.ts';
import type { KnownIds } from '../known-ids.ts';
import type { SqliteProjectionStore } from '../projection-store.ts';

/** What a rebuild works with. */
export interface RebuilderOptions {
  /** The journal's writing connection. */
  readonly database: DatabaseSync;
  /** The journal's file. */
  readonly path: string;
  /** The store that live events are projected into. */
  readonly store: SqliteProjectionStore & Pick<ProjectionStore, 'isPruned'>;
  readonly knownIds: KnownIds;
  readonly settings: ProjectionSettings;
  /** Unix ms. */
  readonly now: () => number;
}

/** What every part of a rebuild shares. */
export interface RebuildContext extends RebuilderOptions {
  /** Where the read model is built anew; it has the journal's schema. */
  readonly scratch: DatabaseSync;
  /** Sessions that stay as they are: what was pruned of them is known by sums alone. */
  readonly checkpoint: Set<string>;
  /** Sessions of which facts were put right, added or removed. */
  readonly changedSessions: Set<string>;
  /** What was found and done so far. */
  readonly counts: { -readonly [Key in keyof RebuildCounts]: RebuildCounts[Key] };
}

/**
 * A part of the work, in pieces of some milliseconds: it yields where a piece ends. Whatever happened in between, the
 * scratch knows every event that the read model knows when it goes on.
 */
export type RebuildPart = (context: RebuildContext) => Generator<void, void>;
