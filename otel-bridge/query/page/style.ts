/** The page's style sheet. Colours keep a contrast of 4.5 to 1 (WCAG AA) in both themes. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f7f8fa; --panel: #ffffff; --line: #dcdfe5; --text: #1a1d23; --muted: #596273;
  --accent: #0b62c4; --bar: #7fb0e8; --good: #1a7f37; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111318; --panel: #191c22; --line: #2e333d; --text: #e6e8ec; --muted: #9aa4b5;
    --accent: #7db4f5; --bar: #3f6ea6; --good: #57c874; --bad: #f48a83;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
a { color: var(--accent); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--panel); padding: 6px 10px; z-index: 1; }
header, main, footer { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; padding-top: 18px; }
header .name { font-weight: 650; font-size: 17px; color: var(--text); text-decoration: none; }
header .live { margin: 0 0 0 auto; color: var(--muted); font-size: 13px; }
.live::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%;
  background: var(--good); margin-right: 6px; }
.live.lost { color: var(--bad); }
.live.lost::before { background: var(--bad); border-radius: 0; }
footer { color: var(--muted); font-size: 13px; padding-top: 8px; padding-bottom: 28px; }
h1 { font-size: 22px; font-weight: 650; margin: 14px 0 2px; overflow-wrap: anywhere; }
h2 { font-size: 15px; font-weight: 650; margin: 0 0 10px; }
h2 small { font-weight: 400; color: var(--muted); font-size: 13px; margin-left: 6px; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 16px 18px; margin: 14px 0; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 14px; align-items: start; margin: 14px 0; }
.pair section { margin: 0; }
.muted, .empty { color: var(--muted); }
.empty { margin: 0; }
p.note:not(.bad) { color: var(--muted); }
p.note { font-size: 13px; margin: 10px 0 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: 14px 18px; margin: 0; }
.tiles dt { color: var(--muted); font-size: 13px; }
.tiles dd { margin: 0; font-size: 22px; font-weight: 600; white-space: nowrap; }
.tiles.today { grid-template-columns: minmax(150px, 1.5fr) repeat(4, minmax(100px, 1fr)); }
.tiles .first { grid-row: span 2; align-self: center; }
.tiles .first dd { font-size: 38px; line-height: 1.1; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; font-weight: 500; color: var(--muted); font-size: 13px; white-space: nowrap; }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
th:last-child, td:last-child { padding-right: 0; }
th.number, td.number { text-align: right; white-space: nowrap; }
td.text { overflow-wrap: anywhere; min-width: 9em; }
td.fixed { white-space: nowrap; }
tbody th { color: var(--text); font-size: 14px; white-space: normal; overflow-wrap: anywhere; }
.bad { color: var(--bad); }
.state { white-space: nowrap; }
.state::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 6px;
  border: 1.5px solid var(--muted); }
.state.running::before { background: var(--good); border-color: var(--good); }
.state.idle::before { background: linear-gradient(90deg, var(--muted) 50%, transparent 50%); }
.state.abandoned::before { border-color: var(--bad); }
figure { margin: 0; }
figure svg { display: block; width: 100%; height: 170px; }
svg .bar { fill: var(--bar); }
svg .today .bar, svg g:hover .bar { fill: var(--accent); }
svg .hit { fill: transparent; }
svg line { stroke: var(--line); }
.axis { display: flex; justify-content: space-between; color: var(--muted); font-size: 13px; margin-top: 4px; }
details { margin-top: 10px; font-size: 14px; }
summary { cursor: pointer; color: var(--accent); width: fit-content; }
code { font: 13.5px/1.5 ui-monospace, "Liberation Mono", Menlo, monospace; background: var(--ground);
  border: 1px solid var(--line); border-radius: 4px; padding: 1px 5px; }
.steps { padding-left: 22px; margin: 8px 0 0; }
.steps li { margin: 8px 0; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 0; font-size: 14px; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
progress { width: 100%; height: 8px; accent-color: var(--accent); }
@media (max-width: 680px) {
  .tiles, .tiles.today { grid-template-columns: repeat(2, 1fr); }
  .tiles .first { grid-column: span 2; grid-row: auto; }
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  section { padding: 12px; }
}
`;
