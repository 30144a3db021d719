/** Requests made up from the API's description: such as it allows, and such as it does not. */
import fc from 'fast-check'
import type { OpenApi, Operation } from '#http/openapi.ts'

type Schema = Readonly<Record<string, unknown>>

export type MadeUp = {
  method: string
  url: string
  headers: Record<string, string>
  body?: string
}

/** Ids that exist, by the parameter's name, and worse. */
export type KnownIds = Readonly<Record<string, readonly string[]>>

const junk = fc.oneof(
  fc.constantFrom('..', '%00', '%', '%2e%2e%2f', '__proto__', 'constructor', '.git', '-', 'ü', '*'),
  fc.string({ maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed()) || 'x'),
)

export function operationsOf({
  paths,
}: OpenApi): { name: string; path: string; method: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...{ path, operation, method: method.toUpperCase() },
      name: `${method.toUpperCase()} ${path}`,
    })),
  )
}

/** A request for one operation: half of them as described, the rest broken in one place or in several. */
export function arbitraryRequest(
  { path, method, operation }: { path: string; method: string; operation: Operation },
  ids: KnownIds,
): fc.Arbitrary<MadeUp> {
  const inPath = operation.parameters.filter((each) => each.in === 'path')
  const inQuery = operation.parameters.filter((each) => each.in === 'query')
  const values = fc.tuple(
    ...inPath.map(({ name }) =>
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...(ids[name] ?? ['x'])) },
        { weight: 1, arbitrary: junk },
      ),
    ),
  )
  const query = fc.tuple(
    ...inQuery.map(({ schema, required }) =>
      fc.option(
        fc.oneof({ weight: 3, arbitrary: asText(schema) }, { weight: 1, arbitrary: anyText }),
        {
          nil: undefined,
          freq: required ? 8 : 2,
        },
      ),
    ),
  )
  return fc.tuple(values, query, bodyOf(operation), oddHeaders).map(([found, asked, body, odd]) => {
    const filled = inPath.reduce(
      (at, { name }, i) => at.replace(`{${name}}`, found[i] ?? 'x'),
      path,
    )
    const search = inQuery.flatMap(({ name }, i) =>
      asked[i] === undefined ? [] : [`${name}=${encodeURIComponent(asked[i].toWellFormed())}`],
    )
    const { type, text } = body
    return {
      method,
      url: `http://localhost:8080${filled}${search.length > 0 ? `?${search.join('&')}` : ''}`,
      headers: { host: 'localhost:8080', ...odd, ...(type ? { 'content-type': type } : {}) },
      ...(text === undefined || method === 'GET' ? {} : { body: text }),
    }
  })
}

const anyText = fc.oneof(
  fc.string({ maxLength: 30, unit: 'grapheme' }),
  fc.integer().map(String),
  fc.constantFrom('', '-1', '1e9', '9'.repeat(40), '../..', '\0', 'x'.repeat(5000), '[]', 'null'),
)

const oddHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ range: 'bytes=5-2' }, { range: 'bytes=-0' }, { range: 'lines=1' }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { 'if-match': '"x"' },
      { 'if-match': 'x, y' },
      { 'if-none-match': '*' },
    ),
  },
)

type Body = { type: string; text?: string }

function bodyOf({ requestBody }: Operation): fc.Arbitrary<Body> {
  const [[media, { schema }] = ['', { schema: {} }]] = Object.entries(requestBody?.content ?? {})
  const nothing = fc.constant<Body>({ type: '' })
  if (media !== 'application/json')
    return fc.oneof(
      nothing,
      fc
        .string({ maxLength: 60 })
        .map((text) => ({ type: 'multipart/form-data; boundary=x', text })),
      fc
        .constantFrom('a.txt', '../../etc/passwd', 'x\0y', '.klaudio/a', 'd/e.txt', '/abs')
        .map(toUpload),
    )
  const json = fc.constant('application/json')
  const said = toArbitrary(schema)
  const toText = (value: unknown): string => JSON.stringify(value) ?? ''
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: json, text: said.map(toText) }) },
    { weight: 3, arbitrary: fc.record({ type: json, text: broken(said).map(toText) }) },
    { weight: 1, arbitrary: fc.record({ type: json, text: fc.jsonValue().map(toText) }) },
    { weight: 1, arbitrary: fc.record({ type: json, text: fc.string({ maxLength: 30 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('text/plain'), text: said.map(toText) }),
    },
    { weight: 1, arbitrary: nothing },
  )
}

const toUpload = (name: string): Body => ({
  type: 'multipart/form-data; boundary=x',
  text: `--x\r\ncontent-disposition: form-data; name="files[]"; filename="${name}"\r\n\r\ncontent\r\n--x--\r\n`,
})

/** One field left out, replaced or added. */
function broken(said: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const wrong = fc.oneof(
    fc.constantFrom(
      null,
      -1,
      1e308,
      '',
      ' ',
      true,
      [],
      {},
      'x'.repeat(300_000),
      '\0',
      '<b>',
      '../..',
    ),
    fc.jsonValue({ maxDepth: 3 }),
  )
  return fc.tuple(said, fc.nat(), wrong, fc.boolean()).map(([value, which, other, isGone]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return other
    const names = [...Object.keys(value), '__proto__', 'extra']
    const name = names[which % names.length] ?? 'extra'
    const { [name]: _, ...rest } = value as Record<string, unknown>
    return isGone ? rest : { ...rest, [name]: other }
  })
}

/** A query's value as it is written in an address. */
function asText(schema: Schema): fc.Arbitrary<string> {
  return toArbitrary(schema).map((value) =>
    Array.isArray(value) ? value.join(',') : String(value),
  )
}

/** Nothing that could be reached: a request must not leave this machine. */
const places: Readonly<Record<string, fc.Arbitrary<string>>> = {
  url: fc.constantFrom(
    'file:///nowhere',
    'https://127.0.0.1:1/x.git',
    'ext::sh -c id',
    '-u',
    'ssh://127.0.0.1:1/x',
  ),
  path: fc.constantFrom(
    '/nowhere',
    '/etc',
    'relative',
    '../up',
    'src/main.txt',
    '.git/config',
    'a.txt',
  ),
}

function toArbitrary(schema: Schema): fc.Arbitrary<unknown> {
  const { enum: values, const: only, anyOf, oneOf, type } = schema
  if (Array.isArray(values)) return fc.constantFrom(...values)
  if (only !== undefined) return fc.constant(only)
  const union = anyOf ?? oneOf
  if (Array.isArray(union)) return fc.oneof(...union.map(toArbitrary))
  if (type === 'string') return toTextArbitrary(schema)
  if (type === 'boolean') return fc.boolean()
  if (type === 'null') return fc.constant(null)
  if (type === 'integer' || type === 'number') return toNumberArbitrary(schema)
  if (type === 'array')
    return fc.array(toArbitrary((schema.items ?? {}) as Schema), { maxLength: 3 })
  if (type === 'object') return toObjectArbitrary(schema)
  return fc.jsonValue({ maxDepth: 2 })
}

function toTextArbitrary({ pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern))
  return fc.string({
    minLength: Number(minLength),
    maxLength: Math.min(40, Number(maxLength)),
    unit: 'grapheme',
  })
}

function toNumberArbitrary({ type, minimum, maximum }: Schema): fc.Arbitrary<number> {
  const range = {
    min: typeof minimum === 'number' ? minimum : -1000,
    max: Math.min(typeof maximum === 'number' ? maximum : 1_000_000, Number.MAX_SAFE_INTEGER),
  }
  return type === 'integer' ? fc.integer(range) : fc.double({ ...range, noNaN: true })
}

function toObjectArbitrary(schema: Schema): fc.Arbitrary<unknown> {
  const {
    properties,
    required = [],
    additionalProperties,
  } = schema as {
    properties?: Record<string, Schema>
    required?: string[]
    additionalProperties?: Schema | false
  }
  if (!properties)
    return fc.dictionary(fc.string({ maxLength: 10 }), toArbitrary(additionalProperties || {}), {
      maxKeys: 3,
    })
  const members = Object.entries(properties).map(([name, property]) => [
    name,
    places[name] ?? toArbitrary(property),
  ])
  return fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: required,
  })
}
