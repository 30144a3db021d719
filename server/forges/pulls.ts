/** Reading, changing and opening one: every forge has these calls, in its own shape. */
import type { GenericSchema } from 'valibot'
import type { Branches } from './forge.ts'
import type { Api } from './http.ts'

export type PullCalls<Pull> = {
  read(number: number): Promise<Pull>
  change(number: number, body: object, doing?: string): Promise<Pull>
  create(branches: Branches, body: object): Promise<Pull>
}

/** `at` is the path below which they lie, `change` what the forge calls a change of one. Rejects with ForgeError. */
export function pullCalls<Pull>(
  api: Api,
  at: string,
  shape: { schema: GenericSchema<unknown, Pull>; noun?: string; change: 'PUT' | 'PATCH' },
): PullCalls<Pull> {
  const { schema, noun = 'pull request' } = shape
  const path = (number: number): string => `${at}/${number}`
  return {
    read: (number) => api.send({ path: path(number), doing: `read ${noun} ${number}` }, schema),
    change: (number, body, doing = `update ${noun} ${number}`) =>
      api.send({ method: shape.change, path: path(number), body, doing }, schema),
    create: ({ head, base }, body) =>
      api.send(
        { method: 'POST', path: at, body, doing: `open a ${noun} from ${head} into ${base}` },
        schema,
      ),
  }
}
