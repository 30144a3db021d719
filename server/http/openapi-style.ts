/** Style of the page that describes the API, in the colours of the user interface. */
export const style = `
:root { color-scheme: light dark; --bg: #F3F5F4; --part: #FFFFFF; --line: #DADFDC; --text: #141817; --quiet: #5A6360; --link: #0B5CAD; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #0C0F0F; --part: #131717; --line: #283030; --text: #E7ECEA; --quiet: #8A9591; --link: #6FB4F6; }
}
* { box-sizing: border-box; }
body { margin: 0; display: flex; min-height: 100vh; background: var(--bg); color: var(--text);
  font: 14px/21px "IBM Plex Sans Variable", system-ui, sans-serif; }
nav { flex: none; width: 200px; position: sticky; top: 0; align-self: flex-start; max-height: 100vh; overflow: auto;
  padding: 24px 16px; display: flex; flex-direction: column; gap: 2px; }
nav a { color: var(--quiet); text-decoration: none; padding: 4px 8px; border-radius: 4px; }
nav a:hover, nav a:focus-visible { color: var(--text); background: var(--part); }
nav .home { color: var(--text); font-weight: 600; margin-bottom: 8px; }
main { flex: 1; min-width: 0; max-width: 880px; padding: 24px 24px 96px; }
h1 { font-size: 22px; line-height: 28px; margin: 0 0 8px; }
h2 { font-size: 17px; line-height: 24px; margin: 40px 0 12px; }
h3 { font-size: 14px; line-height: 21px; margin: 0; font-weight: 500; overflow-wrap: anywhere; }
h3 a { color: inherit; text-decoration: none; }
h3 b, .answer b { font-weight: 600; }
article { background: var(--part); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; margin: 0 0 10px; scroll-margin-top: 12px; }
article:target { border-color: var(--link); }
p { margin: 4px 0; max-width: 76ch; }
code { font: 13px/20px "JetBrains Mono Variable", ui-monospace, monospace; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; margin: 8px 0; }
caption { text-align: left; color: var(--quiet); padding: 2px 0; }
th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-top: 1px solid var(--line); font-weight: 400; overflow-wrap: anywhere; }
th { white-space: nowrap; width: 190px; }
th span, td:last-child, dt, summary { color: var(--quiet); }
td:nth-child(2) { width: 40%; }
details { margin-top: 4px; }
summary { cursor: pointer; min-height: 24px; width: max-content; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 4px 0 0; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 760px) {
  body { display: block; }
  nav { position: static; width: auto; flex-direction: row; flex-wrap: wrap; padding: 12px 16px 0; max-height: none; }
  nav a { min-height: 44px; display: flex; align-items: center; }
  main { padding: 12px 16px 64px; }
  summary { min-height: 44px; display: flex; align-items: center; }
  tr { display: block; padding: 6px 0; border-top: 1px solid var(--line); }
  th, td { display: block; border: 0; padding: 0; width: auto !important; white-space: normal; }
}
`
