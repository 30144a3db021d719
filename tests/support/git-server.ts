/** A real git server over HTTP: git's own `http-backend` behind a login, for what only a network shows. */
export type GitServer = {
  url: string
  /** Paths and Authorization headers of every request so far. */
  requests: { path: string; authorization: string | null }[]
  [Symbol.asyncDispose](): Promise<void>
}

export function serveGit({
  root,
  login,
  redirectTo,
  inTheMiddle,
}: {
  /** Directory of the repositories; a request for `/a.git` is for `<root>/a.git`. */
  root: string
  /** `user:token` that is asked for, if any. */
  login?: string
  /** Sends every request to this server instead. */
  redirectTo?: string
  /** Waited for after the first half of every answer that is a pack of some size. */
  inTheMiddle?: () => Promise<void>
}): GitServer {
  const requests: GitServer['requests'] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const url = new URL(request.url)
      const authorization = request.headers.get('authorization')
      requests.push({ path: url.pathname, authorization })
      if (redirectTo) return Response.redirect(`${redirectTo}${url.pathname}${url.search}`, 302)
      const expected = login && `Basic ${Buffer.from(login).toString('base64')}`
      if (expected && authorization !== expected)
        return new Response('no', {
          status: 401,
          headers: { 'WWW-Authenticate': 'Basic realm="git"' },
        })
      const answer = await runBackend(request, url, root)
      return inTheMiddle ? await halved(answer, inTheMiddle) : answer
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}

const minHalved = 16 * 1024

async function halved(answer: Response, inTheMiddle: () => Promise<void>): Promise<Response> {
  const bytes = await answer.bytes()
  if (bytes.length < minHalved) return new Response(bytes, answer)
  const half = Math.floor(bytes.length / 2)
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(bytes.subarray(0, half))
      await inTheMiddle()
      controller.enqueue(bytes.subarray(half))
      controller.close()
    },
  })
  return new Response(body, answer)
}

/** CGI, as git-http-backend(1) describes it. */
export async function runBackend(request: Request, url: URL, root: string): Promise<Response> {
  const child = Bun.spawn(['git', 'http-backend'], {
    env: {
      PATH: process.env.PATH ?? '',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers.get('content-type') ?? '',
      HTTP_CONTENT_ENCODING: request.headers.get('content-encoding') ?? '',
      GIT_PROTOCOL: request.headers.get('git-protocol') ?? '',
    },
    stdin: new Uint8Array(await request.arrayBuffer()),
    stdout: 'pipe',
    stderr: 'ignore',
  })
  const output = Buffer.from(await child.stdout.bytes())
  const end = output.indexOf('\r\n\r\n')
  const headers = new Headers()
  let status = 200
  for (const line of output.subarray(0, end).toString('latin1').split('\r\n')) {
    const [name = '', value = ''] = line.split(': ', 2)
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
    else headers.set(name, value)
  }
  return new Response(new Uint8Array(output.subarray(end + 4)), { status, headers })
}
