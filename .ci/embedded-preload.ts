import { join } from 'node:path'
import { registerEmbedded } from './embedded.ts'

registerEmbedded(join(import.meta.dir, '..', 'dist', 'ui'))
