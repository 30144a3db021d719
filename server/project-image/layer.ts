/**
 * What agents need, put on top of a project's own image: a folder of programs with their own libraries (`agent-image/carry`), so that it does
 * not matter what the image is made of, and the settings that no image of a project may decide.
 */
/** Raised when what is put on top changes without a change of the agent image. */
export const layerVersion = 1

const home = '/opt/klaudio'
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const command = (...words: string[]): string => JSON.stringify(words)

/** Of the image that holds the folder, made once for an agent image. */
export const carryDockerfile = (agentImage: string): string =>
  [
    `FROM ${agentImage}`,
    'USER root',
    `RUN ${command('/usr/bin/perl', '/usr/local/lib/klaudio/carry', home)}`,
    '',
  ].join('\n')

export function layerDockerfile({
  carryImage,
  projectImage,
  env,
}: {
  carryImage: string
  projectImage: string
  env: Record<string, string>
}): string {
  return [
    `FROM ${projectImage}`,
    // It may know no names.
    'USER 0:0',
    `COPY --from=${carryImage} ${home} ${home}`,
    ...Object.entries(env).map(([name, value]) => `ENV ${name}=${quoteEnv(value)}`),
    `ENV PATH="\${PATH:-${usualPath}}:${home}/bin"`,
    `RUN ${command(`${home}/perl/perl`, `-I${home}/perl`, `${home}/scripts/adopt`, home)}`,
    `ENV HOME=/state/home CLAUDE_CONFIG_DIR=/state/claude LANG="\${LANG:-C.UTF-8}" DISABLE_AUTOUPDATER=1`,
    `ENV NODE_EXTRA_CA_CERTS=${home}/ca.crt SSL_CERT_FILE=${home}/ca.crt`,
    'USER 1000:1000',
    'WORKDIR /workspace',
    'HEALTHCHECK NONE',
    'STOPSIGNAL SIGTERM',
    'ENTRYPOINT []',
    `CMD ${command('/usr/local/lib/klaudio/gate')}`,
    '',
  ].join('\n')
}

const reference = /\$\{containerEnv:([A-Za-z_]\w*)(?::[^}]*)?\}/

/** A value of one line, in which `${containerEnv:X}` stands for what the image has in X. */
function quoteEnv(value: string): string {
  const parts = value.split(new RegExp(reference, 'g'))
  const quoted = parts.map((part, index) =>
    index % 2 === 1 ? `\${${part}}` : part.replace(/[\\"$]/g, '\\$&'),
  )
  return `"${quoted.join('')}"`
}

const own = ['/workspace', '/state', home, '/usr/local/lib/klaudio', '/usr', '/bin', '/etc']

/** A volume of the image that would lie over what agents stand on. */
export const coveringVolume = (volumes: readonly string[]): string | undefined =>
  volumes.find((volume) => {
    const path = volume.replace(/\/+$/, '') || '/'
    return path === '/' || own.some((each) => each === path || each.startsWith(`${path}/`))
  })

/** What `adopt` said is wrong, out of the lines of a build. */
export function adoptProblem(log: string): string | undefined {
  return /^klaudio: (.+)$/m.exec(Bun.stripANSI(log))?.[1]
}
