/** What an agent may do as one word, `on-request/workspace-write`; undefined where its approval policy is not told. */
export function modeName(approval: string | undefined, sandbox: string | undefined): string | undefined {
  if (approval === undefined || sandbox === undefined) return approval;
  return `${approval}/${sandbox}`;
}
