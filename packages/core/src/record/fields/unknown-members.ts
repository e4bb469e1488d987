import { nearestName } from '../../base/check-options.ts'
import type { Alteration } from '../record.ts'
import { pointerPart } from './names.ts'

/** Marks the members of `given` that nothing reads: most likely misspelt. */
export function markUnknown(
  given: object,
  known: ReadonlySet<string>,
  at: string,
  marks: Alteration[]
): void {
  for (const name of Object.keys(given)) {
    if (known.has(name)) continue
    const near = nearestName(name, [...known])
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    const pointer = `${at}/${pointerPart(name)}`
    marks.push({ pointer, what: 'unread', reason: `no such member${hint}` })
  }
}

/** Whether a mark tells of a member of a group that was left out by `coerce` or `markUnknown`. */
export function isLeftOut({ pointer, what }: Alteration): boolean {
  return what === 'unread' && pointer.includes('/', 1)
}
