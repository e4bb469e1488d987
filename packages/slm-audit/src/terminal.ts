import type { Writable } from 'node:stream'
import { styleText } from 'node:util'

/** Colours that the command line uses. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Where commands write. Tests give their own. */
export interface Terminal {
  /** Columns, for tables and wrapped text. */
  readonly width: number
  /** Whether a person watches: colours and progress bars. */
  readonly isInteractive: boolean
  /** Writes a line to standard output. */
  print(text: string): void
  /** Writes to standard output what is meant for programs, byte for byte. */
  write(part: string | Uint8Array): void
  /** Writes to standard error. */
  explain(text: string): void
  /** Replaces the current line on standard error; only where a person watches. */
  progress(text: string): void
  style(style: Style, text: string): string
}

/** Columns where none are known, and the fewest that texts are wrapped to. */
const USUAL = 80
const NARROWEST = 24

/**
 * The process's own terminal. Honours NO_COLOR. A reader that went away is no error; output that cannot
 * be written ends the process with exit code 2.
 */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  const isInteractive = stdout.isTTY === true
  const colours = isInteractive && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    stderr.write(`slm-audit: the output cannot be written (${error.message})\n`)
    process.exit(2)
  })
  return {
    // A terminal that was not told its size says 0.
    width: Math.max(NARROWEST, stdout.columns || USUAL),
    isInteractive,
    print: (text) => write(stdout, `${text}\n`),
    write: (part) => write(stdout, part),
    explain: (text) => write(stderr, `${text}\n`),
    progress: (text) => {
      if (stderr.isTTY) write(stderr, `\r\u001B[K${text}`)
    },
    style: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text)
  }
}

function write(stream: Writable, part: string | Uint8Array): void {
  stream.write(part)
}
