/** How the page looks: by light, in the dark, and on paper. */

const LIGHT = `
    --page: #ffffff; --raised: #f6f8fa; --line: #d5dbe1; --text: #1b2027; --dim: #5c6670;
    --good: #1a7f37; --good-back: #e3f6e8; --bad: #c1121f; --bad-back: #fdeaea;
    --warn: #8a5a00; --warn-back: #fff3d6; --accent: #0b62c4; --accent-back: #dcebfb;
    --gone: #e9edf1; --mark: #ffd0d0;`;

const DARK = `
    --page: #0f1318; --raised: #181e25; --line: #323b45; --text: #e8edf2; --dim: #97a3af;
    --good: #4cc271; --good-back: #12301c; --bad: #ff7b7b; --bad-back: #3a1619;
    --warn: #e3b341; --warn-back: #33270a; --accent: #6cb2ff; --accent-back: #16304d;
    --gone: #222a33; --mark: #6b1f26;`;

const TEXT = `
  * { box-sizing: border-box }
  html { color-scheme: light dark; -webkit-text-size-adjust: 100% }
  body { margin: 0; background: var(--page); color: var(--text);
         font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif }
  main, header { max-width: 1180px; margin: 0 auto; padding: 0 28px }
  header { padding-top: 36px } main { padding-bottom: 56px }
  h1 { font-size: 27px; line-height: 1.25; margin: 10px 0 0; letter-spacing: -0.01em }
  h2 { font-size: 18px; margin: 44px 0 12px; padding-bottom: 6px;
       border-bottom: 1px solid var(--line) }
  h3 { font-size: 15px; margin: 20px 0 6px } p { margin: 6px 0 12px }
  .over { color: var(--dim); font-size: 13px; margin: 0 }
  .dim { color: var(--dim) }
  .badge { display: inline-block; padding: 1px 10px; border-radius: 99px; font-weight: 600;
           font-size: 13px; margin-right: 8px }
  .clean { background: var(--good-back); color: var(--good) }
  .failed { background: var(--bad-back); color: var(--bad) }
  .incomplete { background: var(--warn-back); color: var(--warn) }
  code, pre, .mono, ol.program { font: 13px/1.6 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas,
           monospace }
  pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
`;

const BLOCKS = `
  dl.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 1px;
       margin: 24px 0 0; background: var(--line); border: 1px solid var(--line);
       border-radius: 8px; overflow: hidden }
  dl.figures div { background: var(--page); padding: 10px 14px }
  dt { color: var(--dim); font-size: 12px } dd { margin: 0; font-size: 18px; font-weight: 600;
       font-variant-numeric: tabular-nums } dd small { font-weight: 400; font-size: 12px;
       color: var(--dim); display: block }
  .box { background: var(--raised); border: 1px solid var(--line); border-radius: 8px;
       padding: 12px 16px }
  .replay { display: flex; gap: 16px; align-items: center; margin-top: 20px;
       border-left: 4px solid var(--accent) }
  .replay div { flex: 1; min-width: 0 } .replay p { margin: 0 0 2px; font-size: 12px;
       color: var(--dim) }
  .replay pre { user-select: all }
  button { font: inherit; font-size: 13px; padding: 4px 14px; border-radius: 6px; cursor: pointer;
       border: 1px solid var(--line); background: var(--page); color: var(--text) }
  ol.program { list-style: none; margin: 0; padding: 8px 0; overflow-wrap: anywhere }
  ol.program li { display: flex; gap: 16px; padding: 0 16px }
  ol.program .number { color: var(--dim); min-width: 24px; text-align: right; flex: none;
       user-select: none }
  ol.program .comment { color: var(--dim); font-style: italic }
  ol.program .here { background: var(--bad-back); box-shadow: inset 4px 0 var(--bad) }
  ol.program .here .number { color: var(--bad); font-weight: 700 }
  .broken { margin: 6px 0 12px; padding: 8px 16px 8px 34px; background: var(--bad-back);
       border-radius: 8px; box-shadow: inset 4px 0 var(--bad) }
  .broken strong { color: var(--bad) }
  details { margin: 12px 0 } summary { cursor: pointer; color: var(--accent) }
  details > * + * { margin-top: 8px }
`;

const TABLES = `
  table { border-collapse: collapse; width: 100%; font-size: 13px }
  th { text-align: left; font-weight: 600; color: var(--dim); font-size: 12px; padding: 4px 12px;
       border-bottom: 1px solid var(--line) }
  td { padding: 3px 12px; vertical-align: top; border-bottom: 1px solid var(--line);
       overflow-wrap: anywhere }
  td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
  table.sides { table-layout: fixed; border: 1px solid var(--line) }
  table.sides td, table.sides th { width: 50% } table.sides td { white-space: pre-wrap }
  table.sides td { border-bottom: 0 } table.sides td + td { border-left: 1px solid var(--line) }
  table.sides .sign, table.sides th.sign { width: 34px; text-align: center; color: var(--bad);
       font-weight: 700 }
  table.sides tr.changed td, table.sides tr.missing td, table.sides tr.extra td
     { background: var(--bad-back) }
  mark { background: var(--mark); color: inherit; border-radius: 3px; padding: 1px 2px;
       text-decoration: underline 2px var(--bad); text-underline-offset: 3px }
  .none { color: var(--dim); font-style: italic }
  table.batches td:not(:last-child) { white-space: nowrap }
  tr.gone td { color: var(--dim) } tr.wrong td { background: var(--bad-back) }
  .rules { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 0 36px;
       align-items: start }
  .rules td:first-child { width: 64px; font-weight: 600; white-space: nowrap }
  .rules td:last-child { overflow-wrap: normal }
  .rules td.number { width: 96px; white-space: nowrap } .rules table { max-width: 520px } .rules tr.zero td { background: var(--bad-back); color: var(--bad) }
  .bar { display: block; height: 8px; margin-top: 6px; border-radius: 2px;
       background: var(--accent); opacity: 0.75 }
`;

const PICTURE = `
  figure { margin: 0 } figcaption { margin-top: 10px; font-size: 13px; color: var(--dim) }
  .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; padding: 8px }
  svg { display: block } svg text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas,
       monospace; fill: var(--text) }
  svg .small { font-size: 11px } svg .quiet { fill: var(--dim) }
  svg .alarm { fill: var(--bad); font-weight: 600 } svg .title { font-weight: 600 }
  svg .grid { stroke: var(--line); stroke-width: 1 }
  svg .compacted { fill: var(--gone) } svg .edge { stroke: var(--dim); stroke-width: 1.5 }
  svg .edge.past { stroke-dasharray: 3 3 }
  svg .looked { fill: var(--mark); opacity: 0.55 }
  svg .life { fill: var(--accent-back); stroke: var(--accent); stroke-width: 1 }
  svg .life.gone { fill: none; stroke: var(--dim); stroke-dasharray: 3 3 }
  svg .put { fill: var(--accent) } svg .put-number { fill: var(--page); font-size: 11px;
       font-weight: 700 }
  svg .put.gone { fill: var(--page); stroke: var(--dim); stroke-dasharray: 2 2 }
  svg .put-number.gone { fill: var(--dim); font-weight: 400 }
  svg .tombstone { stroke: var(--text); stroke-width: 2.5; fill: none; stroke-linecap: round }
  svg .tombstone.gone { stroke: var(--dim); stroke-width: 1.2; stroke-dasharray: 2 2 }
  svg .batch { fill: var(--raised); stroke: var(--dim) }
  svg .bookmark { stroke: var(--text); stroke-width: 2.5 }
  svg .progress { fill: var(--page); stroke: var(--good); stroke-width: 2 }
  svg .wrong { stroke: var(--bad); stroke-width: 2 } svg .ring { fill: none }
  svg .missing { fill: var(--page); stroke: var(--bad); stroke-width: 2; stroke-dasharray: 3 2 }
  .legend { display: flex; flex-wrap: wrap; gap: 4px 20px; list-style: none; padding: 0;
       margin: 10px 0 0; font-size: 13px; color: var(--dim) }
  .legend li { display: flex; align-items: center; gap: 6px }
`;

export const STYLE: string = `
  :root {${LIGHT} }
  @media (prefers-color-scheme: dark) { :root {${DARK} } }
  @media print { :root {${LIGHT} } }
${TEXT}${BLOCKS}${TABLES}${PICTURE}
  @media print {
    body { font-size: 12px; -webkit-print-color-adjust: exact; print-color-adjust: exact }
    button { display: none } .scroll { overflow: visible; border: 0 }
    svg { max-width: 100%; height: auto } h2 { break-after: avoid } tr, li { break-inside: avoid }
  }
`;
