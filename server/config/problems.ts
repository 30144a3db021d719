import { AppError } from '#contract/errors.ts'
import { keys } from './keys.ts'

/** One reason why the configuration cannot be used. `place` is where it was written, such as `config.yaml:3`. */
export type Problem = { place: string; key: string; message: string }

/** A setting as it was written, before it is checked. */
export type Setting = { key: string; value: unknown; place: string }

/** The sentence for a value that is not allowed. A secret's value is left out. */
export function toBadValue({ key, value, place }: Setting): Problem {
  const info = keys[key]
  const shown = info?.secret ? 'has a value (not shown) that' : `is ${show(value)}, which`
  return { place, key, message: `${shown} is not allowed; allowed: ${info?.allowed ?? 'nothing'}` }
}

/** All problems as one error whose message lists them, a line each. */
export function toConfigError(problems: readonly Problem[]): AppError {
  const lines = problems.map(({ place, key, message }) =>
    key ? `  ${place}: ${key} ${message}` : `  ${place}: ${message}`,
  )
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return new AppError('config.invalid', `The configuration has ${count}:\n${lines.join('\n')}`, {
    details: { problems: [...problems] },
  })
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
