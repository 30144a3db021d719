/** The API's description as one page: no script, nothing loaded, readable without colours. */
import type { JsonSchema } from './documented.ts'
import type { OpenApi, Operation, Parameter } from './openapi.ts'
import { style } from './openapi-style.ts'

type Entry = Operation & { method: string; path: string }

export function toPage(api: OpenApi): string {
  const entries = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  )
  const groups = [...Map.groupBy(entries, ({ tags: [tag] }) => tag)]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Klaudio API ${safe(api.info.version)}</title><style>${style}</style></head><body>
<nav aria-label="Parts of the API"><a class="home" href="/">Klaudio</a>
${groups.map(([tag]) => `<a href="#${toId(tag)}">${safe(tag)}</a>`).join('\n')}
<a href="#sockets">Sockets</a><a href="#forms">Forms</a><a href="/api/openapi.json">openapi.json</a></nav>
<main><h1>API</h1>${api.info.description
    .split('\n\n')
    .map((part) => `<p>${prose(part)}</p>`)
    .join('\n')}
${groups.map(([tag, members]) => toGroup(tag, members)).join('\n')}
${toSockets(api)}
${toForms(api.components.schemas)}
</main></body></html>
`
}

function toGroup(tag: string, members: readonly Entry[]): string {
  return `<section><h2 id="${toId(tag)}">${safe(tag)}</h2>
${members.map(toOperation).join('\n')}</section>`
}

function toOperation(entry: Entry): string {
  const { operationId, method, path, summary, parameters, requestBody, responses } = entry
  const query = parameters.filter((each) => each.in === 'query')
  const [[status = '', success] = []] = Object.entries(responses).filter(([code]) => code < '300')
  const errors = Object.entries(responses).filter(([code]) => code >= '300')
  const answer = Object.entries(success?.content ?? {})
    .map(([media, { schema }]) => (media === 'application/json' ? toType(schema) : safe(media)))
    .join(', ')
  return `<article id="${operationId}"><h3><a href="#${operationId}"><b>${method.toUpperCase()}</b> <code>${toPath(path)}</code></a></h3>
<p>${prose(summary)}</p>
${query.length > 0 ? toTable('Query', query.map(toParameter)) : ''}
${Object.entries(requestBody?.content ?? {})
  .map(([media, { schema }]) => toBody(media, schema, requestBody?.required === true))
  .join('\n')}
<p class="answer"><b>${status}</b> ${answer || 'nothing'}</p>
<details><summary>Other answers</summary><dl>${errors
    .map(([code, { description }]) => `<dt>${code}</dt><dd>${prose(description)}</dd>`)
    .join('')}</dl></details></article>`
}

type Row = { name: string; type: string; isRequired: boolean; words: string }

const toParameter = ({ name, schema, required, description }: Parameter): Row => ({
  name,
  type: toType(schema),
  isRequired: required,
  words: [description ?? '', toLimits(schema)].filter((part) => part !== '').join(' '),
})

function toBody(media: string, schema: JsonSchema, isRequired: boolean): string {
  const title = `Body${isRequired ? '' : ' (may be absent)'}, ${media}`
  const rows = toRows(schema)
  return rows.length > 0 ? toTable(title, rows) : `<p>${safe(title)}: ${toType(schema)}</p>`
}

/** The fields of an object, a row each. */
function toRows(schema: JsonSchema): Row[] {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: toType(property),
    isRequired: required.includes(name),
    words: toLimits(property),
  }))
}

function toTable(title: string, rows: readonly Row[]): string {
  return `<table><caption>${safe(title)}</caption><tbody>${rows
    .map(
      ({ name, type, isRequired, words }) =>
        `<tr><th scope="row"><code>${safe(name)}</code>${isRequired ? '' : '<span>?</span>'}</th><td>${type}</td><td>${prose(words)}</td></tr>`,
    )
    .join('')}</tbody></table>`
}

function toSockets({ 'x-sockets': sockets }: OpenApi): string {
  return `<section><h2 id="sockets">Sockets</h2>${sockets
    .map(
      ({ path, summary }) =>
        `<article><h3><b>WS</b> <code>${toPath(path)}</code></h3><p>${prose(summary)}</p></article>`,
    )
    .join('\n')}</section>`
}

function toForms(schemas: OpenApi['components']['schemas']): string {
  return `<section><h2 id="forms">Forms</h2>${Object.entries(schemas)
    .map(([name, schema]) => {
      // What the converter makes of our schemas is plain JSON Schema.
      const form = schema as JsonSchema
      const rows = toRows(form)
      const body = rows.length > 0 ? toTable('Fields', rows) : `<p>${toType(form)}</p>`
      return `<article id="form-${safe(name)}"><h3><code>${safe(name)}</code></h3>${body}</article>`
    })
    .join('\n')}</section>`
}

/** A type as one would say it: `Task`, `"asc" or "desc"`, `list of text`. Safe as HTML. */
function toType(schema: JsonSchema): string {
  const { $ref, type, enum: values, const: only, anyOf, oneOf, items } = schema
  if (typeof $ref === 'string') {
    const name = safe($ref.slice($ref.lastIndexOf('/') + 1))
    return `<a href="#form-${name}">${name}</a>`
  }
  if (Array.isArray(values)) return values.map((value) => literal(value)).join(' or ')
  if (only !== undefined) return literal(only)
  const union = anyOf ?? oneOf
  if (Array.isArray(union)) return [...new Set(union.map(toType))].join(' or ')
  if (type === 'array') return `list of ${items ? toType(items as JsonSchema) : 'anything'}`
  if (type === 'object') return toObjectType(schema)
  return typeof type === 'string' ? (words[type] ?? safe(type)) : 'anything'
}

function toObjectType(schema: JsonSchema): string {
  const rows = toRows(schema)
  if (rows.length === 0) return 'object'
  return `{ ${rows.map((row) => `${safe(row.name)}${row.isRequired ? '' : '?'}: ${row.type}`).join(', ')} }`
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
}

const literal = (value: unknown): string => `<code>${safe(JSON.stringify(value))}</code>`

function toLimits(schema: JsonSchema): string {
  const { minimum, maximum, maxLength, maxItems, default: fallback } = schema
  const parts = [
    typeof minimum === 'number' ? `At least ${minimum}.` : '',
    typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? `At most ${maximum}.` : '',
    typeof maxLength === 'number' ? `At most ${maxLength} characters.` : '',
    typeof maxItems === 'number' ? `At most ${maxItems} entries.` : '',
    fallback === undefined ? '' : `Default: \`${JSON.stringify(fallback)}\`.`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

const toId = (tag: string): string => tag.toLowerCase().replaceAll(/[^a-z]+/g, '-')

/** A path that may be broken behind its slashes. */
const toPath = (path: string): string => safe(path).replaceAll('/', '/<wbr>')

/** A sentence with `code` in it. */
const prose = (text: string): string => safe(text).replace(/`([^`]+)`/g, '<code>$1</code>')

function safe(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character)
}
