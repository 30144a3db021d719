/** Marks what is searched for, without touching the elements it stands in. */
const name = 'hit'
const maxRanges = 500

/** Marks every place of `query` in the texts below `root`; nothing and an empty query take the marks away. */
export function paintHits(root: HTMLElement | undefined, query: string): void {
  if (!('highlights' in CSS)) return
  const wanted = query.trim().toLowerCase()
  if (!root || wanted === '') {
    CSS.highlights.delete(name)
    return
  }
  const ranges: Range[] = []
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node && ranges.length < maxRanges; node = walker.nextNode()) {
    const text = node.textContent?.toLowerCase() ?? ''
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const range = new Range()
      range.setStart(node, at)
      range.setEnd(node, at + wanted.length)
      ranges.push(range)
    }
  }
  CSS.highlights.set(name, new Highlight(...ranges))
}
