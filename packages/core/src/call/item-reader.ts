import { exactText, joinBytes, newDecoder } from '../base/bytes.ts'
import { parse, stringify } from '../base/json-text.ts'
import type { StreamReader } from './stream-reader.ts'

/** Reads the items of a stream: as they are, or one text of texts and of bytes that are one. */
export function newItemReader(): StreamReader {
  const items: unknown[] = []
  return {
    next: (item) => items.push(copyOfItem(item)),
    read: () => ({ output: joinItems(items) })
  }
}

/** A copy of an item of a stream, which its consumer may change: with its bytes, or else as JSON has it. Never throws. */
export function copyOfItem(item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return item
  try {
    const text = stringify(item)
    const copy = cloneOf(item)
    return stringify(copy) === text ? copy : parse(text)
  } catch {
    // It has no JSON; serialising meets it again and marks it.
    return item
  }
}

/** A clone without methods; `undefined` for what has code in it. */
function cloneOf(item: object): unknown {
  try {
    return structuredClone(item)
  } catch {
    return undefined
  }
}

function joinItems(items: readonly unknown[]): unknown {
  if (items.length === 0) return items
  if (items.every((item) => typeof item === 'string')) return items.join('')
  return items.every((item) => item instanceof Uint8Array) ? textOrBytes(joinBytes(items)) : items
}

/** Bytes as the text that they are, or else as bytes. */
export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    newDecoder({ fatal: true }).decode(bytes)
    return exactText([bytes])
  } catch {
    return bytes
  }
}
