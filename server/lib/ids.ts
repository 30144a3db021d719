/** A random UUID v4; also what the CLI wants for sessions and messages. */
export const newId = (): string => crypto.randomUUID()

/** First eight characters of an id, for names people read. */
export const shortId = (id: string): string => id.slice(0, 8)
