// What the browser drops while it loads the page itself (a machine that gets another network card, as with every container
// that starts) leaves an empty page behind, which loads again: five times in a minute at most.
addEventListener(
  'error',
  ({ target }) => {
    if (!(target instanceof HTMLScriptElement || target instanceof HTMLLinkElement)) return
    setTimeout(() => {
      if (document.getElementById('app')?.childElementCount) return
      const now = Date.now()
      const times = (sessionStorage.getItem('reloads') ?? '').split(',').map(Number)
      const recent = times.filter((time) => now - time < 60_000)
      if (recent.length >= 5) return
      sessionStorage.setItem('reloads', [...recent, now].join(','))
      location.reload()
    }, 300)
  },
  true,
)
