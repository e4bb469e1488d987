import { diffWordsWithSpace } from 'diff'
import type { Terminal } from '../../terminal.ts'
import { columnsOf } from '../columns.ts'

interface Stretch {
  readonly isChanged: boolean
  text: string
}

/** Both texts with what differs in colour or, where there are none, in brackets. */
export function markedSides(
  first: string,
  second: string,
  terminal: Terminal
): readonly [string, string] {
  const intlSegmenter = new Intl.Segmenter(undefined, { granularity: 'word' })
  const parts = diffWordsWithSpace(first, second, { intlSegmenter })
  const sides: [Stretch[], Stretch[]] = [[], []]
  for (const [at, { value, added, removed }] of parts.entries()) {
    // Blanks between two changes are of the change.
    const isBlank = value.trim() === '' && at > 0 && at < parts.length - 1
    const isChanged = added || removed || isBlank
    if (!added) append(sides[0], value, isChanged)
    if (!removed) append(sides[1], value, isChanged)
  }
  return [markedText(sides[0], 'red', terminal), markedText(sides[1], 'green', terminal)]
}

function append(side: Stretch[], text: string, isChanged: boolean): void {
  const last = side.at(-1)
  if (last?.isChanged === isChanged) last.text += text
  else side.push({ isChanged, text })
}

function markedText(side: readonly Stretch[], style: 'red' | 'green', terminal: Terminal): string {
  return side
    .map(({ text, isChanged }) => {
      const [, before = '', words = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? []
      if (!isChanged || words === '') return text
      const styled = terminal.style(style, words)
      return before + (styled === words ? `[${words}]` : styled) + after
    })
    .join('')
}

/** Words of texts that have colours in them, in lines. */
export function wrapStyled(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (columnsOf(longer) <= width) line = longer
    else {
      if (line !== '') lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}
