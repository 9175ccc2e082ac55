/** What the live page adds to the report's style sheet. */

export const LIVE_STYLE = `
main { max-width: 1560px; }
.live-head { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; }
.live-head h1 { overflow-wrap: anywhere; }
.live-head p { margin: 0; } p.wide { max-width: none; }
.notice {
  background: var(--doubt-back); color: var(--doubt); border-radius: 8px; padding: 10px 14px; max-width: none;
}
.notice:empty { display: none; }
.toolbar { font-size: 13.5px; gap: 8px 10px; }
select {
  font: inherit; color: var(--text); background: var(--raised); border: 1px solid var(--edge);
  border-radius: 6px; padding: 4px 6px;
}
.figures { grid-template-columns: repeat(6, 1fr); margin-top: 8px; }
.figures div { padding: 5px 12px; }
.stale .figures dd, .stale tbody { color: var(--faint); }
.live-tables { display: grid; grid-template-columns: minmax(0, 9fr) minmax(0, 11fr); gap: 0 20px; }
.live-tables h2, #wait-section h2 { margin-top: 24px; }
.live-tables .scroll { height: 262px; overflow-y: auto; }
.live-tables thead th { position: sticky; top: 0; z-index: 1; box-shadow: 0 1px 0 var(--grid); }
.live-tables td, .live-tables th { padding: 4px 8px; }
.live-tables .place { font-size: 12px; color: var(--faint); }
.live-tables td .faint { font-size: 13px; }
#blocks th, #blocks td:last-child { white-space: nowrap; } #blocks th { font-weight: 400; }
#blocks td:nth-child(3) { width: 100%; min-width: 200px; }
button.sort { background: none; border: 0; padding: 0; font: inherit; font-weight: 600; color: var(--faint); }
button.sort:hover { color: var(--accent); }
[aria-sort="descending"] button.sort { color: var(--text); }
[aria-sort="descending"] button.sort::after { content: " ▼"; font-size: 10px; }
#charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px 24px; margin-top: 12px; }
#charts figure {
  margin-bottom: 14px; display: grid; grid-template-rows: subgrid; grid-row: span 2; gap: 2px;
}
#charts figcaption { align-content: start; } #charts figcaption span { flex-basis: 100%; }
@media (max-width: 1000px) {
  .live-tables, #charts { grid-template-columns: minmax(0, 1fr); }
  .live-tables .scroll { height: auto; max-height: 340px; }
  .figures { grid-template-columns: repeat(4, 1fr); }
}
@media (max-width: 640px) {
  .figures { grid-template-columns: repeat(3, 1fr); gap: 8px; }
  .figures div { padding: 6px 8px; }
  .figures dd { font-size: 14.5px; }
  .toolbar label span { display: none; }
  .live-tables td, .live-tables th, #wait-section td, #wait-section th {
    padding: 4px 5px; font-size: 13px;
  }
  .live-tables thead th, #wait-section thead th { white-space: normal; font-size: 12px; }
  #routes th, #waits th { overflow-wrap: anywhere; min-width: 84px; }
  #blocks td:nth-child(3) { min-width: 118px; width: auto; }
  #blocks td:last-child { white-space: normal; overflow-wrap: anywhere; min-width: 94px; }
  .live-tables th:nth-child(4):has(button), #routes td:nth-child(4) { display: none; }
}
`;
