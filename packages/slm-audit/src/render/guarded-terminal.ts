import { randomInt } from 'node:crypto'
import type { Clock } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { visible } from './columns.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours, as `style` sets them
const COLOUR = /\u001B\[(\d{1,2})m/g

/**
 * A terminal that shows nothing raw: whatever gets into a text (arguments, paths, ids, error texts)
 * cannot steer it. A colour that `style` set bears a mark that nobody can guess, and is shown; one in a text is
 * written out. What programs read is written as it is, but where a person watches.
 *
 * @param clock Asked for each time that is shown: the options of a command decide.
 */
export function guardedTerminal(terminal: Terminal, clock: () => Clock): Terminal {
  const { own, unsteering } = ownColours()
  return {
    ...terminal,
    get clock() {
      return clock()
    },
    get isGone() {
      return terminal.isGone
    },
    print: (text) => terminal.print(unsteering(text)),
    explain: (text) => terminal.explain(unsteering(text)),
    progress: (text) => terminal.progress(unsteering(text)),
    write: (part) => {
      const isShown = terminal.isInteractive && typeof part === 'string'
      terminal.write(isShown ? unsteering(part) : part)
    },
    style: (style, text) => own(terminal.style(style, unsteering(text)))
  }
}

/** Colours in texts that are made of others' words: as more parameters of the same sequence, which takes no columns. */
function ownColours() {
  let marks: { readonly mark: string; readonly marked: RegExp } | undefined
  // Output without colours needs no random numbers, whose module takes a tenth of a short command's time to load.
  const made = () => {
    const mark = Array.from({ length: 4 }, () => `;${randomInt(1_000, 10_000)}`).join('')
    marks ??= { mark, marked: new RegExp(`(\\u001B\\[\\d{1,2}${mark}m)`) }
    return marks.mark
  }
  return {
    own: (text: string) => text.replace(COLOUR, (_, colour) => `\u001B[${colour}${made()}m`),
    /** What may be shown of a text: own colours as the terminal takes them, all else written out. */
    unsteering(text: string) {
      if (!marks) return visible(text)
      const { mark, marked } = marks
      return text
        .split(marked)
        .map((part, at) => (at % 2 === 1 ? part.replace(mark, '') : visible(part)))
        .join('')
    }
  }
}
