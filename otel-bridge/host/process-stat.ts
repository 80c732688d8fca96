/**
 * Fields of `/proc/PID/stat` from the third on: state, parent and so on (proc_pid_stat(5)). The program's name before them
 * stands in brackets and may hold anything, brackets too.
 */
export function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
