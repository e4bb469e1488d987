import type { ExporterStatus } from '@slm-audit/core/reader'
import type { Database } from '../driver/database.ts'
import { hasSchema } from '../driver/has-schema.ts'
import { loadSetAside, loadState } from '../store/cursor-store.ts'

/** All exporters that ever delivered from this database, by name. */
export function exporterStatuses(database: Database): ExporterStatus[] {
  // A log of an older version is read as it is.
  if (!hasSchema(database, 'exporters')) return []
  const size = Number(
    database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck().get()
  )
  const names = database.prepare('SELECT name FROM exporters ORDER BY name').pluck().all()
  return (names as string[]).flatMap((name) => {
    const state = loadState(database, name)
    if (!state) return []
    return [{ ...state, name, lag: size - state.next, setAside: loadSetAside(database, name) }]
  })
}
