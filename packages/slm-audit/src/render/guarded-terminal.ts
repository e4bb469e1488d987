import type { Clock } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { visible } from './columns.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours, as `style` sets them
const COLOUR = /(\u001B\[\d{1,2}m)/

/**
 * A terminal that shows nothing raw: whatever gets into a text (arguments, paths, ids, error texts)
 * cannot steer it. What programs read is written as it is, but where a person watches.
 *
 * @param clock Asked for each time that is shown: the options of a command decide.
 */
export function guardedTerminal(terminal: Terminal, clock: () => Clock): Terminal {
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
    }
  }
}

function unsteering(text: string): string {
  return text
    .split(COLOUR)
    .map((part, at) => (at % 2 === 1 ? part : visible(part)))
    .join('')
}
