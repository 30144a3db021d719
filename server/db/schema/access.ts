/** Who may come in. Times are epoch milliseconds. */
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

const createdAt = integer().notNull()

/** What programs show, and people to sign in with. Only the hash of a token is kept. */
export const accessTokens = sqliteTable('access_tokens', {
  id: text().primaryKey(),
  name: text().notNull(),
  /** `owner` is the one of the file in the data directory; there is at most one. */
  kind: text().$type<'owner' | 'program'>().notNull(),
  /** SHA-256 in hex. */
  hash: text().notNull().unique(),
  createdAt,
  lastUsedAt: integer(),
})

/** Browsers that are signed in. A session ends with the token that opened it. */
export const sessions = sqliteTable(
  'sessions',
  {
    id: text().primaryKey(),
    /** SHA-256 in hex of what the cookie holds. */
    hash: text().notNull().unique(),
    tokenId: text()
      .notNull()
      .references(() => accessTokens.id, { onDelete: 'cascade' }),
    /** What the browser called itself, and where it was. */
    userAgent: text().notNull(),
    address: text().notNull(),
    createdAt,
    lastUsedAt: integer().notNull(),
    expiresAt: integer().notNull(),
  },
  (t) => [index('sessions_token').on(t.tokenId)],
)
