/** Compaction: the summary a conversation is replaced by, and how a story finds its place in it again. */

export type Bookmark = {
  agent: string
  prompt: string
  round: number
  step: number
}

const maxPromptLength = 50_000

/** Answer to a compaction request, in the form the CLI wants. */
export function toSummary(place: Bookmark, files: string[]): string {
  return [
    '<analysis>',
    'The request, what was done for it, and what is left were gone through in order.',
    '</analysis>',
    '<summary>',
    '1. Primary request:',
    place.prompt.slice(0, maxPromptLength),
    `2. Files worked on: ${files.join(', ') || 'none yet'}`,
    `3. Work so far: agent ${place.agent}, request ${place.round}, ${place.step} answers given.`,
    '</summary>',
  ].join('\n')
}

/** `undefined` for a summary that some other model wrote. */
export function readSummary(text: string): Bookmark | undefined {
  const [, prompt, agent, round, step] =
    /1\. Primary request:\n([\s\S]*)\n2\. Files worked on: .*\n3\. Work so far: agent ([a-z0-9-]+), request (\d+), (\d+) answers given\./.exec(
      text,
    ) ?? []
  if (prompt === undefined || agent === undefined) return undefined
  return { agent, prompt, round: Number(round), step: Number(step) }
}
