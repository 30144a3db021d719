/** What a project is built with, by what it depends on and by files that only such a project has. */
import type { RepoDependency } from '#contract/repo-memory.ts'
import { isForeign, nameOf, type Survey } from './survey.ts'

/** Names of packages that stand for more than a library. */
const byPackage: Record<string, string> = {
  ...{ react: 'React', 'react-dom': 'React', next: 'Next.js', '@remix-run/react': 'Remix' },
  ...{ vue: 'Vue', nuxt: 'Nuxt', svelte: 'Svelte', '@sveltejs/kit': 'SvelteKit' },
  ...{ 'solid-js': 'Solid', '@angular/core': 'Angular', astro: 'Astro', electron: 'Electron' },
  ...{ 'react-native': 'React Native', expo: 'Expo', express: 'Express', fastify: 'Fastify' },
  ...{ hono: 'Hono', koa: 'Koa', '@nestjs/core': 'NestJS', vite: 'Vite', webpack: 'webpack' },
  ...{ tailwindcss: 'Tailwind CSS', unocss: 'UnoCSS', prisma: 'Prisma', 'drizzle-orm': 'Drizzle' },
  ...{ jest: 'Jest', vitest: 'Vitest', mocha: 'Mocha', '@playwright/test': 'Playwright' },
  ...{ cypress: 'Cypress', typescript: 'TypeScript', eslint: 'ESLint', '@biomejs/biome': 'Biome' },
  ...{ django: 'Django', flask: 'Flask', fastapi: 'FastAPI', pytest: 'pytest', celery: 'Celery' },
  ...{ sqlalchemy: 'SQLAlchemy', numpy: 'NumPy', pandas: 'pandas', torch: 'PyTorch' },
  ...{ tensorflow: 'TensorFlow', 'scikit-learn': 'scikit-learn', pydantic: 'Pydantic' },
  ...{ 'github.com/gin-gonic/gin': 'Gin', 'github.com/labstack/echo/v4': 'Echo' },
  ...{ 'github.com/go-chi/chi/v5': 'chi', 'github.com/gofiber/fiber/v2': 'Fiber' },
  ...{ 'github.com/spf13/cobra': 'Cobra', 'gorm.io/gorm': 'GORM' },
  ...{ 'actix-web': 'Actix Web', axum: 'Axum', rocket: 'Rocket', tokio: 'Tokio', clap: 'clap' },
  ...{ tauri: 'Tauri', bevy: 'Bevy', rails: 'Ruby on Rails', sinatra: 'Sinatra', rspec: 'RSpec' },
  ...{ 'laravel/framework': 'Laravel', 'symfony/framework-bundle': 'Symfony' },
  ...{ 'phpunit/phpunit': 'PHPUnit', 'junit:junit': 'JUnit' },
}

const byPrefix: readonly (readonly [prefix: string, name: string])[] = [
  ['org.springframework.boot:', 'Spring Boot'],
  ['io.quarkus:', 'Quarkus'],
  ['io.ktor:', 'Ktor'],
  ['org.junit.jupiter:', 'JUnit'],
]

const byFile: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^(Dockerfile|Containerfile)$/, 'Docker'],
  [/^(docker-)?compose\.ya?ml$/, 'Docker Compose'],
  [/^angular\.json$/, 'Angular'],
  [/^manage\.py$/, 'Django'],
  [/^artisan$/, 'Laravel'],
  [/^mix\.exs$/, 'Mix'],
  [/^(deno\.jsonc?)$/, 'Deno'],
  [/^bun\.lockb?$/, 'Bun'],
  [/^pnpm-workspace\.yaml$/, 'pnpm workspace'],
  [/^turbo\.json$/, 'Turborepo'],
  [/^nx\.json$/, 'Nx'],
  [/^CMakeLists\.txt$/, 'CMake'],
  [/^(WORKSPACE|MODULE)(\.bazel)?$/, 'Bazel'],
  [/^pom\.xml$/, 'Maven'],
  [/^build\.gradle(\.kts)?$/, 'Gradle'],
  [/^Chart\.yaml$/, 'Helm'],
  [/\.tf$/, 'Terraform'],
  [/\.csproj$/, '.NET'],
  [/^Package\.swift$/, 'Swift Package Manager'],
  [/^pubspec\.yaml$/, 'Dart or Flutter'],
  [/^tox\.ini$/, 'tox'],
  [/^flake\.nix$/, 'Nix'],
]

const mostFrameworks = 30

export function findFrameworks(
  entries: Survey['entries'],
  dependencies: readonly RepoDependency[],
): string[] {
  const packages = dependencies.flatMap(({ name }) => ofPackage(name))
  const files = entries.filter(({ path }) => !isForeign(path)).flatMap(({ path }) => ofFile(path))
  return [...new Set([...packages, ...files])].sort().slice(0, mostFrameworks)
}

function ofPackage(name: string): string[] {
  const lower = name.toLowerCase()
  const known = Object.hasOwn(byPackage, lower) ? [byPackage[lower] ?? ''] : []
  const prefixed = byPrefix.filter(([prefix]) => name.startsWith(prefix))
  return [...known, ...prefixed.map(([, framework]) => framework)]
}

function ofFile(path: string): string[] {
  const name = nameOf(path)
  return [
    ...(path.startsWith('.github/workflows/') ? ['GitHub Actions'] : []),
    ...(path === '.gitlab-ci.yml' ? ['GitLab CI'] : []),
    ...byFile.filter(([pattern]) => pattern.test(name)).map(([, framework]) => framework),
  ]
}
