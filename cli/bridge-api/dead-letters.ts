import * as z from 'zod';

/** Answer of `GET /v1/dead-letters`, newest first. */
export const deadLettersSchema = z.object({
  dead_letters: z.array(
    z.object({
      id: z.number().int(),
      target: z.string(),
      lane: z.string(),
      reason: z.string(),
      failed_at: z.string(),
      size_bytes: z.number().int().nonnegative(),
      /** The record's beginning; null where it is not text. */
      record: z.string().nullable(),
    }),
  ),
  /** How many there are in all. */
  total: z.number().int().nonnegative(),
  /** How many older ones were deleted, so that they do not fill the disk. */
  given_up: z.number().int().nonnegative(),
});

/** Answer of `POST /v1/dead-letters/retry`. */
export const retriedSchema = z.object({
  results: z.array(
    z.object({
      id: z.number().int(),
      target: z.string(),
      lane: z.string(),
      /** accepted, refused, unreachable or no_target. */
      status: z.string(),
      /** Why it is still a dead letter; null where it is none any more. */
      reason: z.string().nullable(),
    }),
  ),
});
