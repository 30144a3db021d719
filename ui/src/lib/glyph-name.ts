import type { StatusGlyph } from '#contract/status-words.ts'

/** One shape per state; hue only repeats it. */
export type GlyphName = StatusGlyph
