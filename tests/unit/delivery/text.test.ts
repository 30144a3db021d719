import { describe, expect, test } from 'bun:test'
import { harmless, writeText } from '#delivery/text.ts'

const story = (summary: string, more: object = {}) => ({
  ...{ taskId: '12345678-0000-4000-8000-000000000000', name: 'Fix the login', ...more },
  subtasks: [{ id: 'a', name: 'Fix it', status: 'completed' as const, summary }],
})

describe('what agents wrote, quoted at a forge', () => {
  test.each([
    ['mentions nobody', 'Thanks @ann and @team/all', /@\w/],
    ['closes no issue', 'Closes #12, fixes GH-7, resolves acme/app#3 and !4', /[#!]\d|GH-\d/],
    ['closes no issue by its address', 'Closes https://github.com/a/b/issues/1', /:\/\//],
    ['gives no command', '/close\n  /assign me\n/label ~x', /^\s*\//m],
    ['skips no pipeline', 'Done [skip ci] [ci skip] [no ci] [skip actions]', /\[(skip|ci|no)/],
    ['shows no picture', '![x](https://evil.example/pixel.png)', /!\[/],
    ['is no HTML', '<img src=x onerror=alert(1)><!-- hidden -->', /</],
    ['does not turn its direction', 'a\u202eb', /\u202e/],
  ])('%s', (_, text, dangerous) => {
    expect(text).toMatch(dangerous)
    expect(harmless(text)).not.toMatch(dangerous)
    const { body, message } = writeText({ ...story(text), analysis: text })
    expect(body).not.toMatch(dangerous)
    expect(message).not.toMatch(dangerous)
  })

  test('reads the same', () => {
    const text = 'Uses `a | b`, 50 % of it; see src/login.ts and C# code.'
    expect(harmless(text).replaceAll('\u200b', '')).toBe(text)
  })
})

describe('the texts of a delivery', () => {
  test('say what was wanted, what was done, and where it came from', () => {
    const { title, message, body } = writeText({
      ...story('Sessions end after an hour.'),
      analysis: 'One file is concerned.',
    })
    expect(title).toBe('Fix the login')
    expect(message).toBe(
      'Fix the login\n\n- Fix it\n\nKlaudio-Task: 12345678-0000-4000-8000-000000000000\n',
    )
    expect(body).toContain('One file is concerned.')
    expect(body).toContain('### Fix it\n\nSessions end after an hour.')
    expect(body).toContain('`12345678`')
  })

  test('are bounded, whatever agents wrote', () => {
    const long = 'x'.repeat(1_000_000)
    const subtasks = Array.from({ length: 500 }, (_, n) => ({
      ...{ id: `s${n}`, name: long, status: 'completed' as const, summary: long },
    }))
    const text = writeText({ taskId: 't', name: long, analysis: long, subtasks })
    expect(text.title.length).toBeLessThanOrEqual(120)
    expect(text.message.length).toBeLessThan(10_000)
    expect(text.body.length).toBeLessThanOrEqual(30_000)
  })

  test('are one line where one line is wanted', () => {
    const { title, message } = writeText(story('', { name: 'Fix\nCo-authored-by: x <y@z>' }))
    expect(title).toBe('Fix Co-authored-by: x <y@z>')
    expect(message.split('\n')[0]).toBe(title)
  })
})
