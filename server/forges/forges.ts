/** From the address of a repository to the API that speaks for it. */
import type { ForgeKind } from '#contract/delivery.ts'
import type { Clock } from '#lib/clock.ts'
import { bitbucketHeaders, bitbucketNeeds, createBitbucket } from './bitbucket.ts'
import {
  bitbucketServerHeaders,
  bitbucketServerNeeds,
  createBitbucketServer,
} from './bitbucket-server.ts'
import { type Forge, ForgeError } from './forge.ts'
import { createGitea, giteaHeaders, giteaNeeds } from './gitea.ts'
import { createGithub, githubHeaders, githubNeeds } from './github.ts'
import { createGitlab, gitlabHeaders, gitlabNeeds } from './gitlab.ts'
import { type Answers, type ApiOptions, createApi } from './http.ts'
import { kindOf, placeOf, probe } from './locate.ts'

export type OpenForge = {
  /** Of the repository: https, or http on this machine. */
  url: string
  /** By itself, or as `name:token`. */
  token: string
  /** Absent: found out. */
  forge?: ForgeKind | undefined
  /** Address of the API where it is unusual. */
  forge_url?: string | undefined
  signal?: AbortSignal
}

export type Forges = {
  /** Throws `ForgeError`, also when nobody can say what kind of forge it is. */
  open(options: OpenForge): Promise<Forge>
}

const access: Record<
  ForgeKind,
  { headers: (token: string) => Record<string, string>; needs: string }
> = {
  github: { headers: githubHeaders, needs: githubNeeds },
  gitlab: { headers: gitlabHeaders, needs: gitlabNeeds },
  bitbucket: { headers: bitbucketHeaders, needs: bitbucketNeeds },
  'bitbucket-server': { headers: bitbucketServerHeaders, needs: bitbucketServerNeeds },
  gitea: { headers: giteaHeaders, needs: giteaNeeds },
}

export function createForges({ clock }: { clock: Pick<Clock, 'now' | 'sleep'> }): Forges {
  const answers: Answers = new Map()
  return {
    async open({ url, token, signal, ...settings }) {
      const kind = settings.forge ?? kindOf(new URL(url)) ?? (await probe(url, signal))
      if (!kind)
        throw new ForgeError(
          'unexpected',
          `Klaudio cannot tell what kind of forge ${new URL(url).host} is. Say it in the delivery settings (forge), with forge_url if its API has an unusual address.`,
        )
      const place = placeOf(url, kind, settings)
      const { headers, needs } = access[kind]
      // Only Bitbucket Cloud asks for the name that may come before a token.
      const secret = kind === 'bitbucket' ? token : token.replace(/^[^:]*:/, '')
      const options: ApiOptions = {
        url: place.api,
        headers: headers(secret),
        host: place.host,
        repository: `repository ${place.path.join('/')}`,
        ...{ needs, token: secret, clock, answers },
        ...(signal ? { signal } : {}),
      }
      const api = createApi(options)
      switch (kind) {
        case 'github':
          return createGithub(
            { api, graphql: createApi({ ...options, url: graphqlUrl(place.api) }) },
            place.host,
            place.path,
          )
        case 'gitlab':
          return createGitlab(api, place.host, place.path)
        case 'bitbucket':
          return createBitbucket(api, place.host, place.path)
        case 'gitea':
          return createGitea(api, place)
        case 'bitbucket-server': {
          const builds = createApi({ ...options, url: buildsUrl(place.api) })
          return createBitbucketServer({ api, builds }, place.host, place.path)
        }
      }
    },
  }
}

/** `https://api.github.com/graphql`, and `/api/graphql` beside `/api/v3` of a server of one's own ("Forming calls with GraphQL"). */
const graphqlUrl = (api: string): string => api.replace(/\/v3$/, '')

/** `/rest/api/latest` and `/rest/build-status/latest` are two APIs of one server. */
const buildsUrl = (api: string): string =>
  api.replace(/\/rest\/api\/([^/]+)$/, '/rest/build-status/$1')
