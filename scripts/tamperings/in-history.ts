// What somebody does to the log as a whole, with a tree that fits.
import { copyFileSync, readFileSync } from 'node:fs'
import { parseCheckpoint } from '../../packages/core/src/tlog.ts'
import type { Database } from '../../packages/journals/sqlite/src/driver/database.ts'
import { growTree } from '../../packages/journals/sqlite/src/store/tree.ts'
import type { BaseLogs } from './base-log.ts'
import { change, type Facts } from './change-database.ts'
import { flaw, type Tampering } from './tampering.ts'

type Base = BaseLogs['database']

/** Tamperings with the history. */
export function inHistory({ backup, size, since }: Base, { signed }: Facts): Tampering<string>[] {
  const before = signed.at(-2) ?? 0
  const old = parseCheckpoint(readFileSync(since, 'utf8')).size
  const rewrite = (database: Database, index: number) => {
    database.exec(
      `UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = ${index}; DELETE FROM tiles`
    )
    growTree(database)
  }
  return [
    {
      name: 'an old record and the tree over it rewritten',
      run: (file) => change(file, (database) => rewrite(database, 100)),
      found: flaw('rewritten history', 0)
    },
    {
      name: 'the last records and the tree over them rewritten',
      run: (file) => change(file, (database) => rewrite(database, size - 2)),
      found: flaw('rewritten history', before)
    },
    {
      name: 'the last records rewritten, and the newest checkpoint dropped',
      run: (file) =>
        change(file, (database) => {
          rewrite(database, size - 2)
          database.exec(`DELETE FROM checkpoints WHERE size = ${size}`)
        }),
      found: { counted: 'unsigned' },
      shownBy: ['outside']
    },
    {
      name: 'the last records cut off, with tree and checkpoint',
      run: (file) =>
        change(file, (database) => {
          database.exec(`DELETE FROM records WHERE idx >= ${before + 10};
            DELETE FROM contents WHERE id / 64 >= ${before + 10};
            DELETE FROM checkpoints WHERE size = ${size}; DELETE FROM tiles`)
          growTree(database)
        }),
      found: { counted: 'unsigned' },
      shownBy: ['outside']
    },
    {
      name: 'an old backup put back',
      run: (file) => copyFileSync(backup, file),
      found: undefined,
      shownBy: ['policy', 'outside']
    },
    {
      name: `all behind record ${old} cut off`,
      run: (file) =>
        change(file, (database) => {
          database.exec(`DELETE FROM records WHERE idx >= ${old}; DELETE FROM contents WHERE id / 64 >= ${old};
            DELETE FROM checkpoints WHERE size > ${old}; DELETE FROM tiles`)
          growTree(database)
        }),
      found: undefined,
      shownBy: ['policy', 'outside']
    }
  ]
}
