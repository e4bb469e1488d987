import { spawnSync } from 'node:child_process'
import { columnsOf } from './render/columns.ts'
import type { Terminal } from './terminal.ts'

/** Commands whose output is read, and may be longer than a screen. */
const PAGED: ReadonlySet<string> = new Set([
  'list',
  'show',
  'search',
  'sessions',
  'session',
  'stats'
])

/** A terminal that keeps what is printed until it is known whether that fits on the screen. */
export interface PagedTerminal {
  /** Prints into the pager. */
  readonly terminal: Terminal
  /** Shows what was printed: at once where it fits, else in the pager. */
  flush(): void
}

/**
 * Puts a pager in front of a terminal for commands that people read: `PAGER`, or `less` that leaves
 * what fits on one screen. `undefined` where nobody watches, where the command is another, and for
 * `PAGER=cat`.
 */
export function pagedTerminal(
  terminal: Terminal,
  [command = '']: readonly string[],
  rows = process.stdout.rows
): PagedTerminal | undefined {
  const pager = process.env.PAGER ?? (process.platform === 'win32' ? '' : 'less -FRX')
  const isPaged = terminal.isInteractive && PAGED.has(command) && rows > 0
  if (!isPaged || pager === '' || pager === 'cat') return undefined
  let text = ''
  return {
    terminal: {
      ...terminal,
      get isGone() {
        return terminal.isGone
      },
      print(line) {
        text += `${line}\n`
      }
    },
    flush() {
      const lines = text.split('\n').slice(0, -1)
      const taken = lines.reduce(
        (sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / terminal.width)),
        0
      )
      if (taken < rows || !showIn(pager, text)) terminal.write(text)
    }
  }
}

/** Whether the pager ran; one that is not there shows nothing. */
function showIn(pager: string, text: string): boolean {
  const { status, error } = spawnSync(pager, {
    input: text,
    shell: true,
    stdio: ['pipe', 'inherit', 'inherit'],
    // `PAGER=less` alone would show colours as what they are made of.
    env: { LESS: 'FRX', ...process.env }
  })
  return error === undefined && status !== 126 && status !== 127
}
