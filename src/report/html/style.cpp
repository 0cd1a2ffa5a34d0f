// SPDX-License-Identifier: MIT
#include "report/html/style.hpp"

namespace newsclf {

// The colors h0 to h9 have a contrast of at least 4.5 to their text (WCAG 2, 1.4.3).
const std::string_view kStyleSheet = R"css(
:root {
  color-scheme: light dark;
  --page: #fdfdfc; --text: #1b1f24; --quiet: #5a626b; --line: #e1e4e8; --panel: #f5f6f7;
  --blue: #2563b0; --orange: #b3541e; --bar: #d3e2f4; --edge: rgb(27 31 36 / .3);
  --favour: 37 99 176; --against: 214 112 28;
}
.h0 { background: #eaf1f9; color: #101418 } .h1 { background: #d2e2f3; color: #101418 }
.h2 { background: #bbd3ec; color: #101418 } .h3 { background: #a3c4e6; color: #101418 }
.h4 { background: #82add9; color: #101418 } .h5 { background: #6096cd; color: #101418 }
.h6 { background: #4c8cca; color: #101418 } .h7 { background: #2e69a7; color: #fff }
.h8 { background: #1d528e; color: #fff } .h9 { background: #0c3c75; color: #fff }
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --text: #e4e7ea; --quiet: #9aa4ae; --line: #2d333a; --panel: #1c2024;
    --blue: #74aef0; --orange: #f09a5b; --bar: #24405f; --edge: rgb(228 231 234 / .35);
    --favour: 84 150 232; --against: 226 128 52;
  }
  .h0 { background: #1d2a38; color: #f2f5f8 } .h1 { background: #20374f; color: #f2f5f8 }
  .h2 { background: #244365; color: #f2f5f8 } .h3 { background: #27507c; color: #f2f5f8 }
  .h4 { background: #336598; color: #f2f5f8 } .h5 { background: #4584c2; color: #0b0e11 }
  .h6 { background: #5596d8; color: #0b0e11 } .h7 { background: #6fa9e0; color: #0b0e11 }
  .h8 { background: #94c2f0; color: #0b0e11 } .h9 { background: #b8dcff; color: #0b0e11 }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 66rem;
  background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
h1 { margin: 0; font-size: 1.35rem; line-height: 1.3; font-weight: 600; overflow-wrap: anywhere }
h2 { margin: 0 0 .75rem; font-size: 1.05rem; font-weight: 600 }
section { margin-top: 2.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line) }
p { margin: .25rem 0 .75rem; max-width: 46rem }
.quiet, figcaption { color: var(--quiet); font-size: .87rem }
a { color: var(--blue) }
nav { margin-top: .5rem; font-size: .87rem }
nav a { margin-right: 1rem; white-space: nowrap }
dl.figures {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr));
  gap: .75rem; margin: 1.5rem 0 0;
}
dl.figures div { padding: .6rem .8rem; background: var(--panel); border-radius: 6px }
dl.figures dt { color: var(--quiet); font-size: .8rem }
dl.figures dd { margin: 0; font-size: 1.3rem; font-weight: 600; line-height: 1.3 }
dl.figures dd small {
  display: block; color: var(--quiet); font-size: .8rem; font-weight: 400; line-height: 1.35;
}
dl.figures .first { grid-column: span 2 }
dl.figures .first dd { font-size: 2.1rem; line-height: 1.15 }
/* Where a table continues to the right, a shadow (::before) sticks to the edge. At the end, the
   empty ::after covers it; it lies in the padding of the page. */
.scroll { display: flex; margin-right: -1rem; overflow-x: auto }
.scroll table { flex: 0 1 auto }
.scroll::before, .scroll::after { content: ""; flex: none; order: 1; width: 1rem; z-index: 2 }
.scroll::before {
  position: sticky; right: 0; margin-right: -1rem; pointer-events: none;
  background: linear-gradient(to left, var(--edge), transparent);
}
.scroll::after { position: relative; background: var(--page) }
:focus-visible { outline: 2px solid var(--blue) }
table { border-collapse: collapse; font-size: .87rem }
th { font-weight: 500; text-align: left }
thead th { color: var(--quiet); font-weight: 400; vertical-align: bottom }
td.n, th.n { text-align: right; white-space: nowrap }
.list th, .list td { padding: .25rem .75rem; border-bottom: 1px solid var(--line) }
.list th:first-child, .list td:first-child { padding-left: 0 }
.list tbody th, .list .ids { overflow-wrap: break-word }
.list .label { min-width: 8rem }
.list .ids { min-width: 12rem }
.list tfoot th { font-weight: 400 }
.list tfoot tr:first-child > * { border-top: 1px solid var(--quiet) }
.bins tbody th { white-space: nowrap }
.bars .n { padding-right: .6rem }
.bars { width: 100%; max-width: 52rem }
.bars td.bar { width: 19%; min-width: 5rem; padding: 0 .25rem; text-align: right }
.bars td.bar span {
  display: block; padding: .1rem .35rem; border-radius: 2px;
  background: linear-gradient(to right, var(--bar) var(--share), transparent var(--share));
}
.heat { font-size: .8rem }
.heat td {
  min-width: 2.1rem; height: 1.75rem; padding: 0 .3rem; text-align: right;
  border: 1px solid var(--page);
}
.heat td.none { color: var(--quiet) }
.heat td.right { outline: 1px solid var(--quiet); outline-offset: -2px }
.heat tbody th {
  position: sticky; left: 0; max-width: 12rem; padding: 0 .6rem 0 0; background: var(--page);
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 400;
}
.heat thead th { padding: 0; text-align: center; vertical-align: bottom }
.heat thead th span {
  display: inline-block; max-height: 13rem; padding-bottom: .4rem; overflow: hidden;
  writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap;
  text-overflow: ellipsis;
}
.heat thead td { min-width: 0; border: 0 }
.heat a { display: block; margin: 0 -.3rem; padding: 0 .3rem; color: inherit; line-height: 1.75rem }
.heat a:focus-visible { outline: 2px solid; outline-offset: -3px }
.large tbody td {
  min-width: clamp(4rem, 11vw, 7rem); padding: .4rem .3rem; font-size: 1.15rem; text-align: center;
}
.large td a { margin: -.4rem -.3rem; padding: .4rem .3rem; line-height: inherit }
.large th { font-size: .87rem; line-height: 1.25 }
.large tbody th {
  max-width: 14rem; padding: .3rem .6rem .3rem 0; white-space: normal; overflow-wrap: break-word;
}
.large td small { display: block; font-size: .75rem }
.large thead th { max-width: 7rem; padding: 0 .3rem .4rem }
.large thead th span {
  writing-mode: horizontal-tb; transform: none; white-space: normal; overflow-wrap: break-word;
}
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem 2.5rem; align-items: flex-start }
.charts > div { min-width: 0 }
figure { margin: 0; flex: 1 1 20rem; min-width: 0; max-width: 28rem }
figure > p { margin: 0 0 .25rem; font-weight: 500 }
.small.charts {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1rem;
  align-items: end;
}
.small figure { max-width: 17rem }
.small figure > p { font-size: .87rem; font-weight: 400; overflow-wrap: anywhere }
svg { display: block; width: 100%; height: auto; overflow: visible }
svg text { fill: var(--quiet); font-size: 11px }
svg .end { text-anchor: end } svg .middle { text-anchor: middle }
svg .grid { stroke: var(--line) } svg .axis { stroke: var(--quiet) }
svg .diagonal { stroke: var(--quiet); stroke-dasharray: 4 4 }
svg .bar { fill: var(--blue); fill-opacity: .55 }
svg .count { fill: var(--quiet); fill-opacity: .4 }
svg .mean { stroke: var(--text); stroke-width: 2 }
svg .before { fill: none; stroke: var(--orange); stroke-width: 1.5 }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round }
svg .learnt { stroke: var(--blue) } svg .held { stroke: var(--orange); stroke-dasharray: 6 3 }
svg .dot { stroke: none }
svg .dot.learnt { fill: var(--blue) } svg .dot.held { fill: var(--orange) }
.key { display: inline-flex; align-items: center; gap: .4rem; margin-right: 1rem }
.key svg { width: 1.6rem; flex: none }
.mistake { padding: .5rem 0; border-bottom: 1px solid var(--line) }
.mistake h3 { margin: 0 0 .5rem; font-size: 1rem; font-weight: 400; overflow-wrap: anywhere }
.mistake h3 small { color: var(--quiet) }
.mistake p { margin: 0 0 .5rem 1rem; max-width: none }
.mistake:target { padding-left: .75rem; border-left: 4px solid var(--blue) }
.mistake:target .text { max-height: none }
.text {
  margin: 0 0 .5rem 1rem; padding: .75rem; max-height: 12rem; overflow-y: auto;
  background: linear-gradient(to top, var(--panel) 30%, transparent) bottom / 100% 1.5rem local,
    linear-gradient(to top, var(--edge), transparent) bottom / 100% .6rem;
  background-color: var(--panel); background-repeat: no-repeat; border-radius: 6px;
  font-size: .87rem; line-height: 1.55;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
mark { color: var(--text); padding: .05em 0; border-radius: 2px; text-decoration-thickness: 2px }
mark.favour {
  background: rgb(var(--favour) / var(--strength)); text-decoration: underline rgb(var(--favour));
}
mark.against {
  background: rgb(var(--against) / var(--strength));
  text-decoration: underline dashed rgb(var(--against));
}
.tokens mark { margin-right: .35rem; padding: .05em .3em; text-decoration: none }
footer { margin-top: 2.5rem; padding-top: .75rem; border-top: 1px solid var(--line) }
footer p { margin: 0 0 .25rem; overflow-wrap: anywhere }
summary { cursor: pointer }
.settings { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem }
.settings dd { margin: 0; overflow-wrap: anywhere }
@media (max-width: 40rem) {
  body { padding: 1.25rem 1rem 3rem }
  .list th, .list td { padding: .25rem .4rem }
  .mistake p, .text { margin-left: 0 }
  .heat tbody th { max-width: 6rem }
}
)css";

}  // namespace newsclf
