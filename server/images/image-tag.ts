import type { ContextFile } from './build-context.ts'

/** Everything that decides what ends up in the agent image. */
export type ImageInputs = {
  imageName: string
  files: ContextFile[]
  /** The setting, not what it resolves to: empty means "whatever base this machine can get". */
  baseImage: string
  packages: string[]
  caBundle: Uint8Array
  cliVersion: string
  arch: string
}

/** `<name>:<12 hex digits>`; the same inputs in any order give the same tag. */
export function toImageTag(inputs: ImageInputs): string {
  const files = inputs.files.map((file) => [
    file.path,
    file.mode,
    Bun.SHA256.hash(file.content, 'hex'),
  ])
  const canonical = JSON.stringify({
    files: files.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    base: inputs.baseImage,
    packages: [...new Set(inputs.packages)].sort(),
    ca: Bun.SHA256.hash(inputs.caBundle, 'hex'),
    cli: inputs.cliVersion,
    arch: inputs.arch,
  })
  return `${inputs.imageName}:${Bun.SHA256.hash(canonical, 'hex').slice(0, 12)}`
}

/** Of the image that holds what agents need in other images, made from an agent image. */
export const carryTag = (agentImage: string): string => `${agentImage}-carry`
