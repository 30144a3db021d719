/** The API's description (OpenAPI 3.1), made from the mounted routes and the schemas that check them. */
import { toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import type { ErrorCode } from '#contract/errors.ts'
import {
  type AnswerOptions,
  type Content,
  type JsonSchema,
  noteOf,
  spellingOf,
} from './documented.ts'
import { statusOf } from './errors.ts'
import { onceHeader } from './once.ts'
import { components } from './openapi-components.ts'
import { about, parameterWords, sockets, tagOf } from './openapi-words.ts'

export type MountedRoute = { method: string; path: string; handler: object }

export type Parameter = {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: JsonSchema
  style?: 'form'
  explode?: boolean
}
type Media = Readonly<Record<string, { schema: JsonSchema }>>
export type Operation = {
  operationId: string
  summary: string
  tags: [string]
  parameters: Parameter[]
  requestBody?: { required: boolean; content: Media }
  responses: Readonly<Record<string, { description: string; headers?: object; content?: Media }>>
}
export type OpenApi = {
  openapi: '3.1.0'
  info: { title: string; version: string; description: string; license: object }
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Readonly<Record<string, object>>
    securitySchemes: Record<string, JsonSchema>
  }
  security: Readonly<Record<string, string[]>>[]
  /** Sockets, which OpenAPI has no word for. */
  'x-sockets': typeof sockets
}

/** How clients say who they are: the schemes by name, and which of them a request needs one of. */
export type Security = Pick<OpenApi, 'security'> & Pick<OpenApi['components'], 'securitySchemes'>

export function createOpenApi(
  routes: readonly MountedRoute[],
  { version, security }: { version: string; security: Security },
): OpenApi {
  const paths: OpenApi['paths'] = {}
  for (const [key, handlers] of groupRoutes(routes)) {
    const [method = '', path = ''] = key.split(' ')
    const at = toTemplate(path)
    paths[at] = { ...paths[at], [method.toLowerCase()]: toOperation(method, at, handlers) }
  }
  const tags = Object.values(paths).flatMap((at) => Object.values(at).flatMap((each) => each.tags))
  return {
    openapi: '3.1.0',
    info: {
      ...{ title: 'Klaudio', version, description: about },
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [...new Set(tags)].map((name) => ({ name })),
    paths,
    components: {
      schemas: toJsonSchemaDefs(components, toConfig('output')),
      securitySchemes: security.securitySchemes,
    },
    security: security.security,
    'x-sockets': sockets,
  }
}

/** `/api/tasks/:id/files/:filename{.+}` as `/api/tasks/{id}/files/{filename}`. */
export const toTemplate = (path: string): string =>
  path.replace(/:(\w+)(\{[^/]*\})?/g, '{$1}').replace(/(.)\/$/, '$1')

/** Handlers by method and path, middleware for everything left out. */
export function groupRoutes(routes: readonly MountedRoute[]): Map<string, object[]> {
  const groups = new Map<string, object[]>()
  for (const { method, path, handler } of routes) {
    if (method === 'ALL') continue
    const key = `${method} ${path}`
    groups.set(key, [...(groups.get(key) ?? []), handler])
  }
  return groups
}

/** What the handlers of one route say together. Undefined when none of them says what it answers. */
export function readNotes(handlers: readonly object[]) {
  const notes = handlers.map(noteOf).filter((said) => said !== undefined)
  const answer = notes.find((said) => said.type === 'answers')
  if (!answer) return undefined
  return {
    answer,
    json: notes.find((said) => said.type === 'json'),
    query: notes.find((said) => said.type === 'query'),
    isCached: notes.some((said) => said.type === 'cached'),
  }
}

function toOperation(method: string, path: string, handlers: readonly object[]): Operation {
  const said = readNotes(handlers)
  if (!said) throw new Error(`${method} ${path} does not say what it answers`)
  const { answer, json, query, isCached } = said
  const { body } = answer.options
  const errors = errorsOf(path, {
    isChecked: query !== undefined || json !== undefined || body !== undefined,
    hasBody: json !== undefined || body !== undefined,
    isWrite: method.toUpperCase() !== 'GET',
    more: answer.options.errors ?? [],
  })
  const content: Media | undefined = json
    ? { 'application/json': { schema: toSchema(json.schema, 'input') } }
    : body && { [body.media]: { schema: body.schema } }
  return {
    operationId: toOperationId(method, path),
    summary: answer.summary,
    tags: [tagOf(path)],
    parameters: [
      ...pathParameters(path),
      ...(query ? queryParameters(query.schema) : []),
      ...(method.toUpperCase() === 'GET' ? [] : [once]),
    ],
    ...(content ? { requestBody: { required: !json?.isOptional, content } } : {}),
    responses: {
      ...successes(answer.content, answer.options, isCached),
      ...Object.fromEntries(errors.map(toErrorAnswer)),
    },
  }
}

function successes(content: Content, options: AnswerOptions, isCached: boolean) {
  const { status = 200, headers, also = {} } = options
  const isBytes = 'media' in content
  const more = Object.entries(also).map(([code, description]) => [code, { description }])
  return {
    [status]: {
      description: isBytes ? 'The bytes.' : 'Done.',
      ...(headers ? { headers: toHeaders(headers) } : {}),
      content: isBytes
        ? { [content.media]: { schema: {} } }
        : { 'application/json': { schema: toSchema(content, 'output') } },
    },
    ...(isCached
      ? { 304: { description: 'What the client has, by its ETag, is up to date.' } }
      : {}),
    ...Object.fromEntries(more),
  }
}

const toHeaders = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  )

type Checks = {
  isChecked: boolean
  hasBody: boolean
  isWrite: boolean
  more: readonly ErrorCode[]
}

/** What may be refused, by status. */
function errorsOf(
  path: string,
  { isChecked, hasBody, isWrite, more }: Checks,
): [number, ErrorCode[]][] {
  const codes: ErrorCode[] = [
    ...(isChecked ? (['request.invalid'] as const) : []),
    ...(hasBody ? (['request.too-large', 'request.unsupported-type'] as const) : []),
    ...Object.entries(notFound).flatMap(([part, code]) => (path.includes(part) ? [code] : [])),
    ...more,
    ...(isWrite ? (['disk.full', 'disk.failing'] as const) : []),
    ...(path.startsWith('/api') ? (['auth.required'] as const) : []),
    ...(['auth.forbidden', 'rate.limited', 'internal'] as const),
  ]
  return [...Map.groupBy(new Set(codes), (code) => statusOf[code] as number)]
}

const notFound = {
  '/tasks/{id}': 'task.not-found',
  '{aid}': 'agent.not-found',
  '{sid}': 'subtask.not-found',
  '{qid}': 'question.not-found',
} as const satisfies Record<string, ErrorCode>

const toErrorAnswer = ([status, codes]: [number, ErrorCode[]]) => [
  status,
  {
    description: codes.map((code) => `\`${code}\``).join(', '),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorAnswer' } } },
  },
]

function pathParameters(path: string): Parameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: parameterWords[name] ?? 'Its id.',
    schema: { type: 'string' },
  }))
}

const once: Parameter = {
  name: onceHeader,
  in: 'header',
  required: false,
  description: parameterWords[onceHeader] ?? '',
  schema: { type: 'string', minLength: 8, maxLength: 128, pattern: '^[!-~]+$' },
}

function queryParameters(schema: v.GenericSchema): Parameter[] {
  const { properties = {}, required = [] } = toSchema(schema, 'input') as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => {
    const { default: fallback, ...rest } = property
    const described = parameterWords[name]
    const isList = rest.type === 'array'
    return {
      ...{ name, in: 'query' as const, required: required.includes(name) },
      ...(described ? { description: described } : {}),
      schema: { ...rest, ...toDefault(rest.type, fallback) },
      ...(isList ? { style: 'form' as const, explode: false } : {}),
    }
  })
}

/** The default of a query is written as text; here it is what the text means. */
function toDefault(type: unknown, fallback: unknown): { default?: unknown } {
  if (typeof fallback !== 'string' || fallback === '') return {}
  if (type === 'integer') return { default: Number(fallback) }
  return { default: type === 'boolean' ? fallback === 'true' : fallback }
}

function toOperationId(method: string, path: string): string {
  const words = path.split('/').flatMap((part) => part.replace(/[{}]/g, '').split(/[^A-Za-z0-9]/))
  const name = words.filter((word) => word !== '' && word !== 'api').map(capitalize)
  return method.toLowerCase() + name.join('')
}

const capitalize = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

function toConfig(typeMode: 'input' | 'output') {
  return {
    target: 'draft-2020-12',
    // What JSON Schema cannot say, such as trimming, is left out.
    errorMode: 'ignore',
    typeMode,
    definitions: typeMode === 'output' ? components : {},
    overrideRef: ({ referenceId }: { referenceId: string }) =>
      `#/components/schemas/${referenceId}`,
    overrideSchema: ({ valibotSchema }: { valibotSchema: object }) => spellingOf(valibotSchema),
  } as const
}

function toSchema(schema: v.GenericSchema, typeMode: 'input' | 'output'): JsonSchema {
  const { $schema: _, $defs: __, ...rest } = toJsonSchema(schema, toConfig(typeMode))
  return rest
}
