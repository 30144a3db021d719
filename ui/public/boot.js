// What the browser drops while it loads the page itself (a machine that gets another network card, as with every container
// that starts) leaves an empty page behind, which loads again, five times in a minute at most; or a page without its styles,
// which are asked for again.
const maxTries = 5
let tries = 0
addEventListener(
  'error',
  ({ target }) => {
    if (!(target instanceof HTMLScriptElement || target instanceof HTMLLinkElement)) return
    setTimeout(() => {
      if (document.getElementById('app')?.childElementCount) renew(target)
      else reload()
    }, 300)
  },
  true,
)

function renew(element) {
  if (!(element instanceof HTMLLinkElement) || element.rel !== 'stylesheet') return
  if (++tries > maxTries) return
  element.replaceWith(element.cloneNode())
}

function reload() {
  const now = Date.now()
  const times = (sessionStorage.getItem('reloads') ?? '').split(',').map(Number)
  const recent = times.filter((time) => now - time < 60_000)
  if (recent.length >= maxTries) return
  sessionStorage.setItem('reloads', [...recent, now].join(','))
  location.reload()
}
