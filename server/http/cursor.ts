import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'

/** Where a list or a search goes on: opaque to clients, and refused by any other list. */
export type CursorKind<Schema extends v.GenericSchema> = {
  encode(value: v.InferOutput<Schema>): string
  /** Throws `request.invalid` for what this kind did not encode. */
  decode(text: string): v.InferOutput<Schema>
  /** For one that was encoded but does not belong here. */
  refusal(): AppError
}

export function cursorOf<Schema extends v.GenericSchema>(
  kind: string,
  schema: Schema,
): CursorKind<Schema> {
  const Envelope = v.tuple([v.literal(kind), schema])
  const refusal = (): AppError =>
    new AppError(
      'request.invalid',
      'cursor is not one that this list has given out; start again without it.',
    )
  return {
    refusal,
    encode: (value) => Buffer.from(JSON.stringify([kind, value])).toString('base64url'),
    decode(text) {
      const result = v.safeParse(Envelope, parse(text))
      if (result.success) return result.output[1]
      throw refusal()
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    // Not ours; the schema says so.
    return undefined
  }
}
