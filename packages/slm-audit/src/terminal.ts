import { styleText } from 'node:util'
import type { Clock } from '@slm-audit/core/reader'
import { EXIT } from './base/exit-codes.ts'

/** Colours that the command line uses. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Where commands write. Tests give their own. */
export interface Terminal {
  /** Columns, for tables and wrapped text; infinite where nothing needs to fit. */
  readonly width: number
  /** Whose clock times are shown by and meant by; the machine's unless given. */
  readonly clock?: Clock
  /** Whether marks are plain letters, for terminals without others. */
  readonly isAscii?: boolean
  /** Whether a person watches: colours and progress bars. */
  readonly isInteractive: boolean
  /** Writes a line to standard output. */
  print(text: string): void
  /** Writes to standard output what is meant for programs, byte for byte. */
  write(part: string | Uint8Array): void
  /** Writes to standard error. */
  explain(text: string): void
  /** Whether nobody reads standard output any more. */
  readonly isGone: boolean
  /** Replaces the current line on standard error; only where a person watches. */
  progress(text: string): void
  /** The text in a style, or as it is where the terminal has none. */
  style(style: Style, text: string): string
}

/** Columns where none are known, and the fewest that texts are wrapped to. */
const USUAL = 80
const NARROWEST = 24

/**
 * The process's own terminal. Honours NO_COLOR and FORCE_COLOR. A reader that went away, of standard output or of
 * standard error, is not an error and changes no exit code; output that cannot be written ends the process
 * with exit code 2.
 *
 * @param elsewhere Columns where output goes to no terminal; nothing is cut there unless given.
 */
export function processTerminal(elsewhere = Number.POSITIVE_INFINITY): Terminal {
  const { stdout, stderr } = process
  const isInteractive = stdout.isTTY === true
  const colours = hasColours(isInteractive)
  let isGone = false
  stderr.on('error', () => undefined)
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    isGone = true
    if (error.code === 'EPIPE') return
    stderr.write(`slm-audit: the output cannot be written (${error.message})\n`)
    process.exit(EXIT.failed)
  })
  const toOutput = (part: string | Uint8Array): void => {
    if (!isGone) stdout.write(part)
  }
  return {
    width: widthOf(stdout, elsewhere),
    isAscii: isAscii(),
    isInteractive,
    get isGone() {
      // A loop that never pauses sees no event.
      return isGone || stdout.errored !== null
    },
    print: (text) => toOutput(`${text}\n`),
    write: toOutput,
    explain: (text) => void stderr.write(`${text}\n`),
    progress: (text) => {
      if (stderr.isTTY) stderr.write(`\r\u001B[K${text}`)
    },
    style: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text)
  }
}

/** Colours for a terminal that has them, unless NO_COLOR; FORCE_COLOR, where it is set, wins over both. */
function hasColours(isInteractive: boolean): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isInteractive && !NO_COLOR && TERM !== 'dumb'
}

/** COLUMNS wins; a terminal that was not told its size says 0; what is not a terminal has no width. */
function widthOf({ isTTY, columns }: NodeJS.WriteStream, elsewhere: number): number {
  const told = Number(process.env.COLUMNS)
  if (told >= 1) return Math.max(NARROWEST, told)
  return isTTY ? Math.max(NARROWEST, columns || USUAL) : elsewhere
}

/** Whether the locale says that only ASCII can be shown. */
export function isAscii(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env
  return /^(C|POSIX)$/.test(LC_ALL || LC_CTYPE || LANG || '')
}
