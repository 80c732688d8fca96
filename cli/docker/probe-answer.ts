/** What a part says when it is asked. `reason` is for people. */
export type ProbeAnswer = { readonly isReady: true } | { readonly isReady: false; readonly reason: string };
