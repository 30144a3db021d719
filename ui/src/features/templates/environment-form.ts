/** Variables and setup commands as the editor of a repository holds them, and what is wrong with them. */
import * as v from 'valibot'
import { RepoVariable, type ShownVariable } from '#contract/repo-environment.ts'
import type { UpdateRepoTemplate } from '#contract/repo-template.ts'

export type VariableForm = {
  name: string
  /** Of a secret that is kept: empty keeps it. */
  value: string
  is_secret: boolean
  /** Under which name a secret is kept; empty when none is. */
  keptAs: string
}

export const newVariable = (): VariableForm => ({
  ...{ name: '', value: '', is_secret: false, keptAs: '' },
})

export const toVariableForms = (shown: readonly ShownVariable[]): VariableForm[] =>
  shown.map(({ name, value = '', is_secret }) => ({
    ...{ name, value, is_secret, keptAs: is_secret ? name : '' },
  }))

/** Its value is on the server, and stays there when none is typed. */
export const isKept = ({ name, is_secret, keptAs }: VariableForm): boolean =>
  is_secret && keptAs !== '' && keptAs === name.trim()

const isBlank = ({ name, value }: VariableForm): boolean => name.trim() === '' && value === ''

/** Rows that hold nothing are left out. */
export const toEnvironment = (
  forms: readonly VariableForm[],
): NonNullable<UpdateRepoTemplate['environment']> =>
  forms
    .filter((form) => !isBlank(form))
    .map(({ name, value, is_secret, ...form }) => ({
      name: name.trim(),
      is_secret,
      ...(!(isKept({ name, value, is_secret, ...form }) && value === '') && { value }),
    }))

/** Undefined when there is nothing wrong with the row. */
export function variableProblem(
  form: VariableForm,
  all: readonly VariableForm[],
): { field: 'name' | 'value'; text: string } | undefined {
  if (isBlank(form)) return undefined
  const name = form.name.trim()
  if (all.filter((each) => each.name.trim() === name).length > 1)
    return { field: 'name', text: 'Each variable may be there once.' }
  if (form.is_secret && form.value === '' && !isKept(form))
    return name === ''
      ? { field: 'name', text: 'Give it a name.' }
      : { field: 'value', text: 'Give the secret its value.' }
  const [entry] = toEnvironment([form])
  const { issues } = v.safeParse(RepoVariable, entry)
  if (!issues) return undefined
  const [issue] = issues
  const isOfName = issue.path?.some(({ key }) => key === 'name') ?? false
  return { field: isOfName ? 'name' : 'value', text: issue.message }
}

/** A line for each. Commands that nobody touched stay as they are, also those of several lines. */
export function toCommands(text: string, before: readonly string[]): string[] {
  if (text === before.join('\n')) return [...before]
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
