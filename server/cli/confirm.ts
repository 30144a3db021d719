import { createInterface } from 'node:readline/promises'

/** Asks a yes/no question; only "y" or "yes" is a yes. Without a terminal nobody is asked and the answer is no. */
export async function confirm(
  question: string,
  { input, output }: { input: NodeJS.ReadStream; output: NodeJS.WriteStream },
): Promise<boolean> {
  if (!input.isTTY) return false
  const lines = createInterface({ input, output })
  try {
    return isYes(await lines.question(`${question} [y/N] `))
  } finally {
    lines.close()
  }
}

export function isYes(answer: string): boolean {
  return /^\s*y(es)?\s*$/i.test(answer)
}
