/** "Firefox on Linux": what a User-Agent header says, in two words. One that says neither is shown as it is. */
export function browserName(userAgent: string): string {
  const browser = find(userAgent, [
    ['Edge', /\bEdg(e|A|iOS)?\//],
    ['Opera', /\bOPR\//],
    ['Firefox', /\b(Firefox|FxiOS)\//],
    ['Chrome', /\b(Chrome|CriOS|HeadlessChrome)\//],
    ['Safari', /\bSafari\//],
  ])
  const system = find(userAgent, [
    ['iPhone', /\biPhone\b/],
    ['iPad', /\biPad\b/],
    ['Android', /\bAndroid\b/],
    ['Windows', /\bWindows\b/],
    ['macOS', /\bMac OS X\b/],
    ['Linux', /\bLinux\b/],
  ])
  if (browser) return system ? `${browser} on ${system}` : browser
  return userAgent.slice(0, 60) || 'A program without a name'
}

const find = (text: string, names: readonly [string, RegExp][]): string | undefined =>
  names.find(([, pattern]) => pattern.test(text))?.[0]
