/** Where a link has led is said by the heading there; a part of the same page keeps the focus where it is. */
export function pageOf(pathname: string): string {
  const [, first = '', second = '', third = '', fourth = ''] = pathname.split('/')
  if (first === 'inbox' || first === 'settings') return first
  return third === 'agents' && fourth ? `${first}/${second}/${fourth}` : `${first}/${second}`
}
