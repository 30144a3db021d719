/** What this browser remembers: drafts and taste. A browser that refuses storage only forgets. */
export function load(key: string): string {
  try {
    return localStorage.getItem(`klaudio.${key}`) ?? ''
  } catch {
    return ''
  }
}

export function save(key: string, value: string): void {
  try {
    if (value === '') localStorage.removeItem(`klaudio.${key}`)
    else localStorage.setItem(`klaudio.${key}`, value)
  } catch {
    // Private windows and full storage: the page works, it just does not remember.
  }
}
