import { Connection } from './connection/connection.ts'
import { checkPlace, type PlaceOptions } from './connection/connection-options.ts'
import { emptyIndex, indexStep } from './index/indexer.ts'
import { checkReadable } from './store/schema.ts'
import { sizeOf } from './store/sealed-rows.ts'

/**
 * Makes the index of a log anew from its records, while it is written. Resolves to how many records it holds. Rejects
 * with AuditError as `openPostgresReader`.
 */
export async function reindexPostgres(
  options: PlaceOptions,
  onProgress?: (done: number, of: number) => void
): Promise<number> {
  const connection = await Connection.open(checkPlace(options))
  try {
    await checkReadable(connection)
    await emptyIndex(connection)
    for (;;) {
      const { reached, isAtEnd } = await indexStep(connection)
      if (isAtEnd) return reached
      onProgress?.(reached, await sizeOf(connection))
    }
  } finally {
    await connection.close()
  }
}
