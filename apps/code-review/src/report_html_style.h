// The style sheet of the HTML report: stands in the page, names no other file.
#pragma once

#include <string_view>

namespace review {

inline constexpr std::string_view html_style = R"(
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1c2430; --soft: #5b6675; --line: #dfe3e8; --code: #f3f5f7;
  --added: #e3f6e8; --added-mark: #1f7a3d; --deleted: #fdebec; --deleted-mark: #b3262e; --quoted: #d99a00;
  --critical: #8f1d5c; --high: #b3262e; --medium: #b06a00; --low: #2f6fb0; --info: #5b6675; --good: #1f7a3d; }
@media (prefers-color-scheme: dark) { :root {
  --page: #12161c; --card: #1a2029; --text: #dfe5ec; --soft: #95a1b0; --line: #2c3541; --code: #141a21;
  --added: #12301f; --added-mark: #6fd08f; --deleted: #3a1a1d; --deleted-mark: #f08d93; --quoted: #e0b040;
  --critical: #f07fc0; --high: #f08d93; --medium: #e8b04c; --low: #7fb6ec; --info: #95a1b0; --good: #6fd08f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .8rem; }
h3 { font-size: .95rem; margin: 1.2rem 0 .4rem; color: var(--soft); }
p { margin: .4rem 0; overflow-wrap: anywhere; }
code, table.code, .path { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
code { font-size: .88em; background: var(--code); border-radius: 4px; padding: .1em .3em; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: .88rem; }
.summary { margin: 1.1rem 0; font-size: 1.05rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem; margin: 1.2rem 0; }
.tile, .risk, .box { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: .8rem 1rem; }
.tile b { display: block; font-size: 1.25rem; }
.meter { height: .4rem; border-radius: .2rem; background: var(--line); margin: .5rem 0 .3rem; overflow: hidden; }
.meter i { display: block; height: 100%; background: var(--good); }
.meter.some i { background: var(--medium); }
.risk { border-left: 5px solid var(--info); margin: 0 0 1rem; padding: .9rem 1.1rem; }
.risk.critical { border-left-color: var(--critical); } .risk.high { border-left-color: var(--high); }
.risk.medium { border-left-color: var(--medium); } .risk.low { border-left-color: var(--low); }
.risk header { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: baseline; }
.label { font-size: .78rem; font-weight: 700; letter-spacing: .04em; text-transform: uppercase; color: var(--info); }
.critical .label { color: var(--critical); } .high .label { color: var(--high); }
.medium .label { color: var(--medium); } .low .label { color: var(--low); }
.path { font-size: .9rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; margin: .7rem 0; background: var(--code); }
table { border-collapse: collapse; width: 100%; }
table.code { font-size: .84rem; line-height: 1.5; }
table.code td { padding: 0 .55rem; white-space: pre; tab-size: 4; }
table.code td.number { color: var(--soft); text-align: right; user-select: none; width: 1%; }
table.code td.mark { user-select: none; width: 1%; padding: 0 .1rem 0 .4rem; }
tr.added { background: var(--added); } tr.added .mark { color: var(--added-mark); }
tr.deleted { background: var(--deleted); } tr.deleted .mark { color: var(--deleted-mark); }
tr.quoted td:first-child { box-shadow: inset 3px 0 var(--quoted); } tr.quoted td:last-child { font-weight: 600; }
.box { padding: .2rem 1rem; }
.box table td, .box table th { padding: .45rem .4rem; border-top: 1px solid var(--line); vertical-align: top;
  text-align: left; overflow-wrap: anywhere; }
.box table tr:first-child td, .box table thead th { border-top: 0; }
.box td.path { width: 38%; } .counts { white-space: nowrap; font-size: .85rem; }
.plus { color: var(--added-mark); } .minus { color: var(--deleted-mark); }
summary { cursor: pointer; padding: .6rem 0; }
footer { margin-top: 2.5rem; }
@media (max-width: 40rem) { .box td.path { width: auto; } }
@media print { body { background: none; } .risk, .tile { break-inside: avoid; } }
)";

}  // namespace review
