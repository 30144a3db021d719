/** What the windows of a Claude subscription are called; the names are the CLI's (`rateLimitType`). */
const windows: Record<string, string> = {
  five_hour: '5 h',
  seven_day: '7 day',
  seven_day_opus: '7 day Opus',
  seven_day_sonnet: '7 day Sonnet',
  overage: 'extra',
}

export const windowName = (window: string): string =>
  Object.hasOwn(windows, window) ? (windows[window] ?? '') : window.replaceAll('_', ' ')
