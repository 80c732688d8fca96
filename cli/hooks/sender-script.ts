import { quoteCommand } from './quote-command.ts';

/** Options of `senderScript`. */
export interface SenderScriptOptions {
  /** Words that run the sender (hooks/sender/main.ts); the agent's name comes behind them. */
  readonly sender: readonly string[];
  /** Folder that keeps what waits to be delivered. */
  readonly spool: string;
  /** What each record says beside the hook: `host`, `project`, `agent`. */
  readonly described: Readonly<Record<string, string>>;
  /** Base URL of the bridge's ingest port. */
  readonly url: string;
  /** File of `curlConfig`. */
  readonly curlConfig: string;
}

/**
 * What command hooks of agents run: a shell keeps what the agent says in the spool and is gone after some milliseconds,
 * however many agents there are; Node, which takes ten times as long to start, delivers in the background, once a second
 * for all of them. Where the agent wants an answer (`PreToolUse`) curl asks. Node itself is waited for where there is no
 * curl or it is not as wanted, where a session begins (it looks up what that belongs to), and wherever the shell is not
 * enough: long texts, which are not one write, and a `date` without nanoseconds.
 *
 * A record is one write at the end of the queue. If the queue was taken away meanwhile (host/spool/), nobody may read it
 * any more: it is written once more, and known by its id.
 */
export function senderScript({ sender, spool, described, url, curlConfig }: SenderScriptOptions): string {
  const hooksUrl = new URL('/v1/hooks', url).href;
  // For https Node knows the authorities that its environment names.
  const asksItself = hooksUrl.startsWith('http:');
  const facts = JSON.stringify(described).slice(1, -1);
  return `#!/bin/sh
# agent-monitor: "monitor hooks install" writes this. It ends within milliseconds, says nothing and fails at nothing.
exec 2> /dev/null
LC_ALL=C
spool=${quoteCommand([spool])}
queue=$spool/queue.jsonl
sender() { AGENT_MONITOR_PARENT=$PPID ${quoteCommand(sender)} "$@"; }
umask 077
# Codex's notify and hooks of git say more words.
[ $# -eq 1 ] || { sender "$@"; exit 0; }

said=$(tr '\\n' ' ')
now=$(date +%s%N)
directly() { printf '%s' "$said" | sender "$1"; exit 0; }
case $now in *[!0-9]* | '') directly "$1" ;; esac
seconds=\${now%?????????}
asks=
# Prints the verdict and is done; comes back where nobody gave one.
ask() {
  told=$(printf %s "$said" | curl -q -K ${quoteCommand([curlConfig])} \\
    -H "x-agent-monitor-id: $now-$$" -H "x-agent-monitor-fired: \${now%??????}" ${quoteCommand([hooksUrl])}/"$1")
  case $? in
    0) [ ! -e "$spool/away" ] || rm -f "$spool/away" ;;
    # Unknown host, refused, too late, cut off.
    6 | 7 | 28 | 52 | 56) echo "$seconds" > "$spool/away"; return ;;
    *) directly "$1" ;;
  esac
  [ "\${told#"\${told%???}"}" = 200 ] || return
  case $told in '{'*) printf %s "\${told%????}" ;; esac
  exit 0
}
# True for a file that names this second or the one before.
is_fresh() {
  at=
  [ -r "$1" ] && read -r at < "$1"
  case $at in *[!0-9]* | '') return 1 ;; esac
  [ $((seconds - at)) -ge 0 ] && [ $((seconds - at)) -lt 2 ]
}
case $said in
  *'"SessionStart"'* | *'"Setup"'*) directly "$1" ;;
  *'"PreToolUse"'*)
    # While nobody answers, one hook asks for all.
    if [ ! -e "$spool/away" ]; then asks=1
    elif ! is_fresh "$spool/away" && ! is_fresh "$spool/asking"; then
      asks=1
      echo "$seconds" > "$spool/asking"
    fi
    [ "$asks" ] && { ${asksItself ? 'command -v curl > /dev/null' : 'false'} || directly "$1"; } ;;
  '{'*) ;;
  *) directly "$1" ;;
esac
line='{"hook":"'$1'","id":"'$now-$$'","fired":'\${now%??????}',${facts.replaceAll("'", "'\\''")}${facts === '' ? '' : ','}"input":'$said'}'
[ \${#line} -lt 3500 ] || directly "$1"

[ -d "$spool" ] || mkdir -p "$spool"
[ "$asks" ] && ask "$1"
kept=
for attempt in 1 2; do
  {
    printf '\\n%s\\n' "$line" >&3 && kept=1
    [ "$queue" -ef /dev/fd/3 ] && break
  } 3>> "$queue"
done
[ "$kept" ] || directly "$1"

is_fresh "$spool/away" || is_fresh "$spool/tried" && exit 0
echo "$seconds" > "$spool/tried"
(
  # Nothing that the agent waits for may stay open.
  exec < /dev/null > /dev/null
  exec ${quoteCommand([...sender, 'drain'])}
) &
exit 0
`;
}
