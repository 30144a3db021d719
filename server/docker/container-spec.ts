import type { ContainerSpec } from './engine.ts'

/**
 * What the engine is asked to create. Everything an agent could use to leave its container is off: no capability, no
 * new privilege, no host path, no log kept by the engine (output is a file on a volume), limits on memory (swap
 * included), CPU and processes, and an init that reaps.
 *
 * Volumes are filled from the image when they are empty (no `NoCopy`): that is how `/workspace` and `/state` get their
 * owner, so the image has these directories, owned by its user and without content that matters.
 */
export function toCreateBody(spec: ContainerSpec): Record<string, unknown> {
  return {
    Image: spec.image,
    Cmd: spec.cmd,
    ...(spec.entrypoint ? { Entrypoint: spec.entrypoint } : {}),
    ...(spec.workingDir ? { WorkingDir: spec.workingDir } : {}),
    ...(spec.user ? { User: spec.user } : {}),
    Env: Object.entries(spec.env ?? {}).map(([name, value]) => `${name}=${value}`),
    Labels: spec.labels,
    Tty: false,
    OpenStdin: spec.openStdin,
    StdinOnce: false,
    AttachStdin: spec.openStdin,
    AttachStdout: true,
    AttachStderr: false,
    HostConfig: {
      NetworkMode: spec.network,
      ExtraHosts: Object.entries(spec.extraHosts ?? {}).map(([name, to]) => `${name}:${to}`),
      Mounts: spec.volumes.map((volume) => ({
        Type: 'volume',
        Source: volume.name,
        Target: volume.path,
        ReadOnly: volume.readOnly ?? false,
        // Of a volume that is gone by now the engine makes a new one: everything we remove is found by its labels.
        VolumeOptions: { Labels: spec.labels },
      })),
      Tmpfs: Object.fromEntries(
        Object.entries(spec.tmpfs ?? {}).map(([path, sizeBytes]) => [
          path,
          `rw,nosuid,nodev,exec,mode=1777,size=${sizeBytes}`,
        ]),
      ),
      ReadonlyRootfs: spec.readOnlyRoot,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      Init: true,
      PidsLimit: spec.pids,
      Memory: spec.memoryBytes,
      MemorySwap: spec.memoryBytes,
      NanoCpus: Math.round(spec.cpus * 1e9),
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
    },
  }
}
