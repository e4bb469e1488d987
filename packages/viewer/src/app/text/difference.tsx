import { diffWordsWithSpace } from 'diff'
import type { VNode } from 'preact'
import { Visible } from './visible.tsx'

/** UTF-16 code units of a text that are compared word by word; longer ones cost too much. */
const LONGEST = 20_000

/** What of one text is another in the other, word by word, as one text or as one of its sides. */
export function Difference({
  first,
  second,
  side
}: {
  readonly first: string
  readonly second: string
  readonly side?: 'first' | 'second'
}): VNode {
  if (Math.max(first.length, second.length) > LONGEST) {
    return <Visible text={side === 'first' ? first : second} />
  }
  return (
    <>
      {diffWordsWithSpace(first, second).map(({ value, added, removed }, place) => {
        if (removed)
          return side === 'second' ? null : (
            <del key={place}>
              <Visible text={value} />
            </del>
          )
        if (added)
          return side === 'first' ? null : (
            <ins key={place}>
              <Visible text={value} />
            </ins>
          )
        return <Visible key={place} text={value} />
      })}
    </>
  )
}
