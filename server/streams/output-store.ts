/**
 * What agents printed: one append-only file per agent under `dir`, addressed by byte offset. The file is the store and
 * its size is the committed offset, so bytes and offset can never disagree. Implemented in `createOutputStore`.
 */
export type OutputSubscription = { close(): void; [Symbol.dispose](): void }

export type OutputStore = {
  /** Bytes stored for an agent; 0 when it never printed. */
  size(agentId: string): number
  /**
   * Appends bytes that start at absolute `offset`; bytes below the stored size are dropped, a hole throws.
   * Returns the new size. Synchronous: when it returns, the bytes survive `kill -9`.
   */
  append(agentId: string, offset: number, bytes: Uint8Array): number
  /** Bytes `from`..`to` (exclusive, capped at the size). */
  read(agentId: string, from: number, to: number): Promise<Uint8Array>
  /** Marks that nothing more will come. */
  end(agentId: string): void
  isEnded(agentId: string): boolean
  /** Called after every append and at the end, in order, in the same tick as the append. */
  subscribe(
    agentId: string,
    listener: (change: { size: number; ended: boolean }) => void,
  ): OutputSubscription
  remove(agentId: string): Promise<void>
  close(): void
}
