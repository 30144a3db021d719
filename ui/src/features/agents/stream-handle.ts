/** What every view of a stream can be asked for. */
export type StreamHandle = {
  /** Shows what stands at this byte, unfolded; false when it is not loaded. */
  goToOffset(offset: number): boolean
}
