namespace Dalgu.Signals.Study;

/// <summary>The look of the report: the house's tokens, light and dark, on paper too. No script: the language is chosen by two radio buttons.</summary>
internal sealed partial class StudyReport
{
    private const string Style = """
        :root { --paper: #f6f6f3; --sheet: #fff; --ink: #17212b; --soft: #55616e; --line: #dcdfdd; --line-strong: #b9c0c4; --accent: #0a6c74; --accent-weak: #e3f0f0; --good: #1a7a48; --warn: #a85b00; --bad: #b3261e;
          --good-weak: #e4f3ea; --bad-weak: #fae5e3; --unknown: #6b7280; --unknown-weak: #eceef0; --trace: #0072b2; --font: Pretendard, "Noto Sans KR", "Noto Sans CJK KR", system-ui, sans-serif; color-scheme: light dark; }
        @media (prefers-color-scheme: dark) { :root { --paper: #10161c; --sheet: #172029; --ink: #e6ebef; --soft: #a7b2bd; --line: #2a3540; --line-strong: #44525f; --accent: #5cc4cb; --accent-weak: #16343a; --good: #63c58f; --warn: #e7a24a;
          --bad: #f08a82; --good-weak: #15301f; --bad-weak: #3a1c1a; --unknown: #9aa4af; --unknown-weak: #232c35; --trace: #56b4e9; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.5 var(--font); font-variant-numeric: tabular-nums; word-break: keep-all; }
        .bar { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; padding: 12px 24px; border-bottom: 1px solid var(--line); background: var(--sheet); }
        .bar b { font-size: 16px; } .bar .where { color: var(--soft); } .bar .grow { flex: 1; }
        .lang { display: inline-flex; border: 1px solid var(--line-strong); border-radius: 6px; overflow: hidden; margin: 0; padding: 0; } .lang label { padding: 3px 10px; cursor: pointer; color: var(--soft); }
        .lang input { position: absolute; opacity: 0; width: 1px; height: 1px; } .lang label:has(:checked) { background: var(--accent-weak); color: var(--accent); font-weight: 600; } .lang label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: -2px; }
        .en { display: none; } body:has(#lang-en:checked) .en { display: revert; } body:has(#lang-en:checked) .ko { display: none; }
        main { max-width: 1280px; margin: 0 auto; padding: 24px; } h1 { font-size: 22px; line-height: 1.3; margin: 0; } h2 { font-size: 18px; margin: 40px 0 12px; } h3 { font-size: 15px; margin: 0; } p { margin: 4px 0; } .soft { color: var(--soft); } .small { font-size: 12px; }
        .grid { display: grid; gap: 16px; grid-template-columns: repeat(12, 1fr); margin-top: 16px; } .card { background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; padding: 16px; min-width: 0; grid-column: 1 / -1; }
        .half { grid-column: span 6; } .five { grid-column: span 5; } .seven { grid-column: span 7; } .kpi { grid-column: span 3; } .kpi .value { font-size: 28px; font-weight: 700; letter-spacing: -.02em; line-height: 1.3; } .card > header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 8px; margin-bottom: 8px; } .card > header small { margin-left: auto; color: var(--soft); }
        .badge { display: inline-block; font-size: 12px; padding: 1px 8px; border-radius: 99px; white-space: nowrap; } .good { color: var(--good); background: var(--good-weak); } .bad { color: var(--bad); background: var(--bad-weak); } .unknown { color: var(--unknown); background: var(--unknown-weak); }
        .good::before { content: "● "; font-size: 10px; } .bad::before { content: "■ "; font-size: 10px; } .unknown::before { content: "◇ "; font-size: 10px; }
        .scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; } caption { text-align: left; font-weight: 600; padding-bottom: 4px; } th { text-align: right; font-size: 12px; color: var(--soft); font-weight: 600; border-bottom: 1px solid var(--line-strong); padding: 6px; vertical-align: bottom; }
        td { padding: 6px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; } th:first-child, td:first-child { text-align: left; } tr:last-child td { border-bottom: 0; } tr.base td { color: var(--soft); }
        svg { display: block; width: 100%; height: auto; } svg text { font-family: var(--font); fill: var(--ink); font-size: 12px; } svg .soft { fill: var(--soft); } .axis { stroke: var(--line-strong); } .gridline { stroke: var(--line); }
        .dot { fill: var(--accent); fill-opacity: .55; } .locked { fill: none; stroke: var(--bad); stroke-width: 2; } .median { stroke: var(--ink); stroke-width: 2; } .interval { stroke: var(--accent); stroke-width: 3; } .mean { fill: var(--accent); } .worst { stroke: var(--bad); stroke-width: 2; }
        .trace { fill: none; stroke: var(--trace); stroke-width: 1; stroke-opacity: .75; } .isgreen { stroke: var(--good); stroke-width: 2; } .isyellow { stroke: var(--warn); stroke-width: 4; } .isred { stroke: var(--bad); stroke-width: 5; }
        svg.five text { font-size: 15px; } details { margin-top: 16px; } summary { cursor: pointer; color: var(--accent); } .wide { min-width: 760px; }
        @media (max-width: 800px) { main { padding: 16px; } .bar { padding: 8px 16px; } .half, .five, .seven { grid-column: 1 / -1; } .fit text, .fit.five text { font-size: 19px; } .kpi { grid-column: span 6; } .kpi .value { font-size: 22px; } }
        @media print { :root { --paper: #fff; --sheet: #fff; --ink: #000; --soft: #444; --line: #ccc; --line-strong: #888; color-scheme: light; } .lang { display: none; } .card { break-inside: avoid; } h2 { break-after: avoid; } .kpi { grid-column: span 3; } main { padding: 0; } }
        """;
}
