/** Holds every answer that a test gets to what the API's description says of it. */
import * as v from 'valibot'
import { ErrorAnswer } from '#contract/answers.ts'
import {
  createOpenApi,
  groupRoutes,
  type MountedRoute,
  readNotes,
  toTemplate,
} from '#http/openapi.ts'

type Check = (request: Request, response: Response) => Promise<void>

/** Throws when an answer has a status, a form or a field that is not described. */
export function createAnswerCheck(routes: readonly MountedRoute[]): Check {
  const { paths } = createOpenApi(routes, {
    version: 'test',
    security: { securitySchemes: {}, security: [] },
  })
  const table = [...groupRoutes(routes)].map(([key, handlers]) => {
    const [method = '', path = ''] = key.split(' ')
    const template = toTemplate(path)
    const operation = paths[template]?.[method.toLowerCase()]
    return {
      method,
      pattern: toPattern(path),
      content: readNotes(handlers)?.answer.content,
      operation,
    }
  })
  return async (request, response) => {
    const { pathname } = new URL(request.url)
    const route = table.find(
      ({ method, pattern }) => method === request.method && pattern.test(pathname),
    )
    if (!route?.operation) return
    const where = `${request.method} ${pathname} answered ${response.status}`
    if (!Object.hasOwn(route.operation.responses, response.status))
      throw new Error(
        `${where}, which the API's description does not say: ${await response.clone().text()}`,
      )
    if (response.status >= 400) return await checkBody(where, ErrorAnswer, response)
    const { content } = route
    if (response.status > 202 || !content) return
    if (!('media' in content)) return await checkBody(where, content, response)
    const type = response.headers.get('content-type') ?? ''
    if (!type.startsWith(content.media))
      throw new Error(`${where} as ${type}, and the API's description says ${content.media}`)
  }
}

async function checkBody(where: string, schema: v.GenericSchema, response: Response) {
  // A file that is not there in part has no body.
  if (response.status === 416) return
  const body: unknown = await response.clone().json()
  const result = v.safeParse(schema, body)
  if (!result.success)
    throw new Error(
      `${where} in a form that the API's description does not have: ${v.summarize(result.issues)}`,
    )
  // Parsing drops what the schema does not name.
  if (!Bun.deepEquals(result.output, body))
    throw new Error(`${where} with more than the API's description says: ${JSON.stringify(body)}`)
}

/** Fixed paths are found before those with a parameter, as they are mounted that way. */
function toPattern(path: string): RegExp {
  const parts = path.replace(/(.)\/$/, '$1').split('/')
  const patterns = parts.map((part) => {
    const inner = /^:\w+\{(.+)\}$/.exec(part)?.[1]
    return inner ? `(?:${inner})` : part.startsWith(':') ? '[^/]+' : RegExp.escape(part)
  })
  return new RegExp(`^${patterns.join('/')}$`)
}
