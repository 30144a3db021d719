import { existsSync } from 'node:fs'

/** What this machine is and has, as far as getting an engine or a base image goes. Looked at anew on each call. */
export type Host = {
  platform: NodeJS.Platform
  isRoot: boolean
  /** Debian or a relative of it: has apt. */
  isDebian: boolean
  hasSystemd: boolean
  /** Go-style, as the engine says it. */
  arch: string
  /** Path of a program, system directories included. */
  which: (program: string) => string | undefined
  hasFile: (path: string) => boolean
}

export function currentHost(): Host {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    isDebian: existsSync('/etc/debian_version'),
    hasSystemd: existsSync('/run/systemd/system'),
    arch: process.arch === 'x64' ? 'amd64' : process.arch,
    which: (program) => Bun.which(program) ?? Bun.which(program, { PATH: systemPath }) ?? undefined,
    hasFile: existsSync,
  }
}

/** Where administrators' programs live, which are not on everybody's PATH. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
