import type { RewrappedKey, RewrappedStore } from '@slm-audit/core/subjects'
import { toBase64 } from '../format/record-line.ts'
import type { LogFiles } from '../journal/log-files.ts'

/** Keys that are wrapped anew at once: their file is written once for all of them. */
const STEP = 4_096

/** The data keys of a log in files, for a rotation. */
export function rewrappedFiles(log: LogFiles): RewrappedStore {
  const { subjects } = log
  return {
    origin: log.origin,
    keysBehind: (id) => {
      subjects.refresh()
      return subjects.keysBehind(id, STEP)
    },
    replaceWrapped: (keys) => (keys.length === 0 ? 0 : log.exclusive(() => replace(log, keys)))
  }
}

function replace({ subjects }: LogFiles, keys: readonly RewrappedKey[]): number {
  const byName = new Map(keys.map((each) => [each.key.name, each]))
  let replaced = 0
  subjects.change({
    key: (line) => {
      const next = byName.get(line.key)
      const before = next?.key.wrapped
      if (!next || !before || line.wrapped !== toBase64(before)) return line
      replaced++
      return { ...line, wrappedBy: next.wrappedBy, wrapped: toBase64(next.wrapped) }
    }
  })
  return replaced
}
