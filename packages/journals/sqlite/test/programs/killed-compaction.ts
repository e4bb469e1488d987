// killed-compaction.ts FILE PATTERN: compresses a log and is killed before a statement like the pattern.

import { compactDatabase } from '@slm-audit/sqlite'
import { killBefore } from '../statements.ts'

const [file = '', pattern = ''] = process.argv.slice(2)
killBefore(new RegExp(pattern))
await compactDatabase(file, { coldAfter: '0d' })
