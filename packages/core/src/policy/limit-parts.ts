import type { Key, RecordParts } from '../record/header.ts'
import type { Alteration } from '../record/record.ts'
import type { Content } from '../record/sealed-record.ts'
import type { Level } from './policy-document.ts'

/** Members of a header that an answer brings. */
const OF_ANSWER: ReadonlySet<Key> = new Set([
  'response',
  'confidence',
  'reasoning',
  'attempts',
  'outcome'
])

/** Leaves out the contents that a level does not record; each is marked. `None` is as `Metadata` here. */
export function limitParts(parts: RecordParts, level: Level): RecordParts {
  if (level === 'RequestResponse') return parts
  const { asked, answered, altered } = parts
  if (level === 'Request') {
    return {
      ...parts,
      answered: [],
      altered: [...altered, ...erased(answered)],
      isErased: (key) => OF_ANSWER.has(key)
    }
  }
  return {
    ...parts,
    asked: [],
    answered: [],
    altered: [...altered, ...erased([...asked, ...answered])],
    isErased: () => true
  }
}

function erased(contents: readonly Content[]): Alteration[] {
  return contents.map(({ name }) => ({ pointer: `/${name}`, what: 'erased', reason: 'policy' }))
}
