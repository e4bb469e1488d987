import type { VNode } from 'preact'

/** Controls, ANSI escapes and marks that reorder text: they are named, never obeyed. */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff])/

/** A text, safe to look at: what cannot be seen stands in a box by its number. */
export function Visible({ text }: { readonly text: string }): VNode {
  const parts = text.split(UNSEEN)
  if (parts.length === 1) return <>{text}</>
  return (
    <>
      {parts.map((part, place) =>
        place % 2 === 0 ? part : <span class="unseen">{nameOf(part)}</span>
      )}
    </>
  )
}

function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}
