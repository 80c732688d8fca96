/** Shorter steps would cut a minute in which unchanged series are not repeated. */
export const SHORTEST_STEP = '1m';

/** More steps are too thin to tell apart, and each is work for the store. */
export const MOST_STEPS = 300;
