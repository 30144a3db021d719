/** A port of 127.0.0.1 that nothing listens on, for programs that cannot choose one themselves. */
export function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = server
  server.stop(true)
  return port
}
