import type { VNode } from 'preact'
import { nameOf, seenAndUnseen } from './unseen.ts'

/** A text, safe to look at: what cannot be seen is named, never obeyed, and stands in a box by its number. */
export function Visible({ text }: { readonly text: string }): VNode {
  const parts = seenAndUnseen(text)
  if (parts.length === 1) return <>{text}</>
  return (
    <>
      {parts.map((part, place) =>
        place % 2 === 0 ? part : <span class="unseen">{nameOf(part)}</span>
      )}
    </>
  )
}
