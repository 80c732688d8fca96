/** Sentences that several descriptions of panels need. */

export const NOT_BY_MODEL = 'The variables Model and Session do not apply.';
export const NOT_BY_SESSION = 'The variable Session does not apply.';
/** Of panels that ask Loki for events. */
export const FROM_EVENTS = 'Source: Loki, exact by event time; imported history is not in it.';
/** Of panels that ask Loki for accounts of sessions. */
export const FROM_ACCOUNTS =
  'Source: Loki, what each session did in a minute: a minute behind while it works, and exact but for a minute at the edges of the range; imported history is not in it.';
export const LIST_PRICE =
  'As the agent reports it, else computed from list prices: an estimate where you pay a flat rate. Calls of models without a known price are not in it.';
/** Of graphs in steps. */
export const STEP_IN_PROGRESS = 'The step in progress is not shown yet.';
