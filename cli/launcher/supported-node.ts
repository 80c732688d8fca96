/** The oldest Node that has everything the programs use, as in `engines` of package.json. */
export const OLDEST_NODE = '22.15.0';

/** Whether a version of Node, `24.1.0`, is new enough. */
export function isSupportedNode(version: string): boolean {
  const found = version.split('.').map(Number);
  const wanted = OLDEST_NODE.split('.').map(Number);
  for (let i = 0; i < wanted.length; i += 1) {
    const difference = (found[i] || 0) - (wanted[i] || 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
