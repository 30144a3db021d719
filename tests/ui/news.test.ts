import { expect, test } from 'bun:test'
import { createNews } from '../../ui/src/lib/news.ts'

const items = (...ids: string[]): { id: string }[] => ids.map((id) => ({ id }))

test('what was open when the page came is no news', () => {
  const news = createNews()
  expect(news.take(items('a', 'b'))).toEqual([])
  expect(news.take(items('a', 'b'))).toEqual([])
})

test('each new thing is told once, also when it goes and comes back', () => {
  const news = createNews()
  news.take([])
  expect(news.take(items('a'))).toEqual(items('a'))
  expect(news.take(items('b', 'a'))).toEqual(items('b'))
  expect(news.take([])).toEqual([])
  expect(news.take(items('a', 'b', 'c'))).toEqual(items('c'))
})
