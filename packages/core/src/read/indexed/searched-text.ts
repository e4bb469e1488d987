import { textOf } from '../../protocol/readers/text-of.ts'
import type { ContentValue } from '../reader.ts'

const DEPTH = 12
/** Base64, most likely: no word is that long. */
const NO_WORD = /^[\w+/=-]{200}/

/**
 * What a content can be found by: its words or, where it is of no provider's shape, as what an
 * application's own function takes, all its strings.
 */
export function searchedText(value: ContentValue | undefined): string {
  const text = textOf(value)
  if (text !== '') return text
  const strings: string[] = []
  collect(value, strings, 0)
  return strings.join('\n')
}

function collect(value: unknown, strings: string[], depth: number): void {
  if (typeof value === 'string') {
    if (!NO_WORD.test(value)) strings.push(value)
  } else if (typeof value === 'object' && value !== null && depth < DEPTH && !isBytes(value)) {
    for (const member of Object.values(value)) collect(member, strings, depth + 1)
  }
}

function isBytes(value: object): boolean {
  return ArrayBuffer.isView(value)
}
