/** The report's style sheet. Light, dark, narrow and paper; the charts take their colours from here too. */

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --surface: #ffffff; --raised: #f6f7f9; --text: #1a1d21; --faint: #5c6570;
  --grid: #e3e6ea; --edge: #d5dae0;
  --good: #00694c; --bad: #b3261e; --doubt: #8a5300; --accent: #005a9c;
  --good-back: #e3f4ee; --bad-back: #fbe9e7; --doubt-back: #fdf1dc;
  --block: #d55e00; --limit: #7a2e8c;
  --line-0: #0072b2; --line-1: #b87400; --line-2: #c2410c; --line-3: #00785a;
  --line-4: #2f8fc4; --line-5: #a8487f; --line-6: #6b7280; --line-7: #7a6a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --surface: #14171b; --raised: #1c2026; --text: #e6e9ed; --faint: #a3acb7;
    --grid: #2a3038; --edge: #363d47;
    --good: #5fd0a5; --bad: #ff8f85; --doubt: #f2bd66; --accent: #7cc0f5;
    --good-back: #12302a; --bad-back: #3a1d1b; --doubt-back: #35280f;
    --block: #ff8a3d; --limit: #d59be6;
    --line-0: #62b6ee; --line-1: #f0b547; --line-2: #ff8a5c; --line-3: #4fd0a8;
    --line-4: #9ad4f5; --line-5: #eb9cc7; --line-6: #aab2bd; --line-7: #e3d35a;
  }
}
@media print {
  :root {
    --surface: #ffffff; --raised: #ffffff; --text: #000000; --faint: #444444;
    --grid: #dddddd; --edge: #bbbbbb;
    --good: #00694c; --bad: #b3261e; --doubt: #8a5300; --accent: #005a9c;
    --good-back: #ffffff; --bad-back: #ffffff; --doubt-back: #ffffff; --block: #d55e00; --limit: #7a2e8c;
    --line-0: #0072b2; --line-1: #b87400; --line-2: #c2410c; --line-3: #00785a;
    --line-4: #2f8fc4; --line-5: #a8487f; --line-6: #6b7280; --line-7: #7a6a00;
  }
  .toolbar, .skip, button.link-button { display: none !important; }
  section, figure, .finding { break-inside: avoid; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--surface); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
main { max-width: 1180px; margin: 0 auto; padding: 24px 24px 64px; }
h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: 26px; }
h2 { font-size: 19px; margin: 40px 0 12px; }
h3 { font-size: 15px; margin: 20px 0 8px; }
p { margin: 6px 0; max-width: 80ch; }
a { color: var(--accent); }
code, .place, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 13px; }
.place { overflow-wrap: anywhere; }
.faint { color: var(--faint); }
.good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 16px; top: 8px; background: var(--surface); padding: 8px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.verdict {
  border: 1px solid var(--edge); border-left-width: 6px; border-radius: 8px; padding: 16px 20px;
  margin-top: 16px; background: var(--raised);
}
.verdict.passed, .verdict.finished { border-left-color: var(--good); }
.verdict.failed, .verdict.broken { border-left-color: var(--bad); }
.verdict.stopped { border-left-color: var(--doubt); }
.verdict .word { font-weight: 700; letter-spacing: 0.04em; }
.verdict p { font-size: 17px; margin: 2px 0 0; }
.figures {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 10px;
  margin: 16px 0 0; padding: 0;
}
.figures div {
  background: var(--raised); border: 1px solid var(--edge); border-radius: 8px; padding: 8px 12px;
}
.figures dt { color: var(--faint); font-size: 12.5px; }
.figures dd { margin: 0; font-size: 19px; font-weight: 600; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; border: 1px solid var(--edge); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { text-align: left; padding: 7px 12px; border-bottom: 1px solid var(--grid); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
thead th {
  color: var(--faint); font-weight: 600; font-size: 12.5px; background: var(--raised);
  white-space: nowrap;
}
tbody th { font-weight: 500; }
tbody th, td { overflow-wrap: break-word; } td code { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.finding { border: 1px solid var(--edge); border-radius: 8px; padding: 14px 18px; margin: 12px 0; }
.finding h3 { margin: 0 0 6px; font-size: 16.5px; }
.finding ul { margin: 8px 0; padding-left: 20px; } .finding li { margin: 2px 0; }
.finding .share {
  height: 6px; border-radius: 3px; background: var(--grid); overflow: hidden; margin: 8px 0;
  max-width: 420px;
}
.finding .share > svg { display: block; width: 100%; height: 100%; } .share rect { fill: var(--block); }
.tag {
  display: inline-block; border-radius: 4px; padding: 1px 7px; font-size: 12.5px; font-weight: 600;
  white-space: nowrap;
}
.tag.critical, .tag.bad { background: var(--bad-back); color: var(--bad); }
.tag.warning, .tag.doubt { background: var(--doubt-back); color: var(--doubt); }
.tag.info, .tag.good { background: var(--good-back); color: var(--good); }
.remedy { border-left: 3px solid var(--accent); padding-left: 12px; }
.toolbar {
  position: sticky; top: 0; z-index: 3; display: flex; flex-wrap: wrap; gap: 6px;
  align-items: center; padding: 8px 0; background: var(--surface);
}
button {
  font: inherit; font-size: 13.5px; color: var(--text); background: var(--raised);
  border: 1px solid var(--edge); border-radius: 6px; padding: 4px 10px; cursor: pointer;
}
button:hover { border-color: var(--accent); }
button.link-button {
  background: none; border: 0; padding: 0; color: var(--accent); text-decoration: underline;
  font-size: inherit; text-align: left;
}
figure { margin: 0 0 20px; }
figcaption { display: flex; flex-wrap: wrap; gap: 0 12px; align-items: baseline; margin-bottom: 2px; }
figcaption b { font-size: 15px; } figcaption span { color: var(--faint); font-size: 13px; }
.chart { min-height: 240px; width: 100%; } .u-over { cursor: crosshair; }
.uplot .u-legend { color: var(--text); font-size: 12.5px; text-align: left; padding-left: 50px; }
.u-legend td, .u-legend th { border: 0; padding: 1px 4px; background: none; }
.u-select { background: var(--accent); opacity: 0.15; }
.u-cursor-x, .u-cursor-y { border-color: var(--faint) !important; }
dialog {
  width: min(1000px, 94vw); max-height: 88vh; border: 1px solid var(--edge); border-radius: 10px;
  padding: 0; background: var(--surface); color: var(--text);
}
dialog::backdrop { background: rgb(0 0 0 / 0.45); }
.dialog-head {
  position: sticky; top: 0; display: flex; justify-content: flex-end; padding: 10px 14px 0;
  background: var(--surface);
}
.dialog-body { padding: 0 22px 22px; } .dialog-body h2 { margin: 0 0 4px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 12px 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.flame { display: flex; overflow-x: auto; padding: 2px 0 8px; }
.flame-node { min-width: 2px; flex: none; }
.flame-children { display: flex; }
.flame-bar {
  margin: 0 1px 1px 0; padding: 3px 6px; font-size: 12.5px; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; background: var(--doubt-back); border-radius: 3px;
}
.flame-bar span { color: var(--faint); } .flame-leaf { background: var(--bad-back); }
ol {
  padding-left: 28px; font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 13px;
  overflow-wrap: anywhere;
}
details summary { cursor: pointer; color: var(--accent); }
@media (max-width: 640px) {
  main { padding: 16px 14px 48px; } h1 { font-size: 22px; }
  .figures { grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); }
  .figures dd { font-size: 16px; }
  th, td { padding: 6px 8px; }
  .uplot .u-legend { padding-left: 0; }
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: 6px; }
}
`;
