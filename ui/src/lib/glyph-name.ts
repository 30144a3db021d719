/** One shape per state; hue only repeats it. */
export type GlyphName =
  | 'wait'
  | 'run'
  | 'need'
  | 'review'
  | 'pause'
  | 'stopping'
  | 'done'
  | 'fail'
  | 'skip'
  | 'unknown'
