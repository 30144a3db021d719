import * as v from 'valibot'

/** Where the installation keeps things, and whether there is room for more; sent with the state of the system. */
export const StorageState = v.object({
  /** `low`: no new work begins. `damaged`: neither, and the database has to be restored. */
  state: v.picklist(['unknown', 'ok', 'low', 'damaged']),
  /** For a person: what is the case, what it means, what to do. */
  detail: v.string(),
  /** Bytes that stay free before new work waits. */
  reserve_bytes: v.number(),
  /** The disks that can be looked at from here. */
  places: v.array(
    v.object({
      place: v.picklist(['data', 'engine']),
      path: v.string(),
      /** Of what there is for us, to the nearest 100 MB below. */
      free_bytes: v.number(),
    }),
  ),
})
export type StorageState = v.InferOutput<typeof StorageState>
