/** The frame of the page; its script fills it. */
export const DASHBOARD_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Loopscope dashboards</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/uplot.css">
<style>
:root {
  color-scheme: light dark;
  --back: #f4f5f7; --panel: #fff; --edge: #d8dce2; --text: #1c2128; --faint: #5c6570;
}
@media (prefers-color-scheme: dark) {
  :root { --back: #111418; --panel: #1a1e24; --edge: #2d333b; --text: #e3e7ec; --faint: #9aa4b0; }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 12px 16px 48px; background: var(--back); color: var(--text);
  font: 14px/1.4 system-ui, sans-serif;
}
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; }
nav a { color: inherit; }
nav a[aria-current] { font-weight: 700; text-decoration: none; }
h1 { font-size: 20px; margin: 10px 0 0; }
#question { margin: 2px 0 12px; color: var(--faint); }
#grid {
  display: grid; grid-template-columns: repeat(24, minmax(0, 1fr)); grid-auto-rows: 34px; gap: 4px 8px;
}
section {
  background: var(--panel); border: 1px solid var(--edge); border-radius: 4px; padding: 4px 8px;
  display: flex; flex-direction: column; overflow: hidden;
}
section.row { background: none; border: none; padding: 4px 0; }
section.row h3 { font-size: 15px; }
h3 { font-size: 13px; margin: 0; }
.body { flex: 1; min-height: 0; overflow: auto; }
.body[data-state="empty"] { color: var(--faint); padding: 8px 0; }
.body[data-state="failed"] { color: #b3261e; }
.stat { display: flex; gap: 16px; align-items: center; justify-content: center; }
.figure { display: flex; flex-direction: column; align-items: center; color: var(--faint); }
.figure strong { font-size: 30px; }
.bar { display: grid; grid-template-columns: 40% 1fr; align-items: center; gap: 0 8px; margin: 3px 0; }
.bar span { overflow-wrap: anywhere; }
.bar i { display: block; height: 14px; border-radius: 2px; }
.bar b { grid-column: 2; font-weight: 500; }
table { width: 100%; border-collapse: collapse; }
th, td {
  text-align: left; padding: 2px 8px; border-bottom: 1px solid var(--edge); overflow-wrap: break-word;
}
.u-legend { font-size: 12px; max-height: 70px; overflow: auto; text-align: left; }
.u-legend .u-series:first-child { display: none; }
@media (max-width: 700px) {
  #grid { grid-template-columns: minmax(0, 1fr); }
  section { grid-area: auto / auto / span var(--rows) / auto !important; }
}
</style>
<script type="importmap">{ "imports": { "uplot": "/uplot.js" } }</script>
</head>
<body>
<nav>
<span id="links" style="display: contents"></span>
<label>Range <select id="range">
<option value="">as in Grafana</option>
<option value="300">5 minutes</option>
<option value="900">15 minutes</option>
<option value="3600">1 hour</option>
<option value="21600">6 hours</option>
</select></label>
</nav>
<h1 id="title">Loopscope dashboards</h1>
<p id="question"></p>
<main id="grid"></main>
<script type="module" src="/page/main.js"></script>
</body>
</html>
`;
