import type { Stage } from '@slm-audit/core'
import type { Style, Terminal } from '../terminal.ts'

/** How a call ended as a mark, which shape and colour tell apart; plain letters where there are no others. */
const MARKS: { readonly [stage: string]: readonly [mark: string, plain: string, style: Style] } = {
  complete: ['✓', '+', 'green'],
  error: ['✕', 'x', 'red'],
  cancelled: ['◐', '/', 'yellow'],
  received: ['○', '.', 'cyan'],
  abandoned: ['◌', '?', 'red'],
  denied: ['⊘', '!', 'red'],
  event: ['·', '-', 'dim']
}

/** The mark of a stage in its colour. */
export function stageMark(stage: Stage, terminal: Terminal): string {
  const [mark, plain, style] = MARKS[stage] ?? ['?', '?', 'dim']
  return terminal.style(style, terminal.isAscii ? plain : mark)
}

/** Stands before the name of a tool. */
export function toolMark({ isAscii }: Terminal): string {
  return isAscii ? 't' : '⌂'
}

/** Stands between what was asked and what was answered. */
export function arrow({ isAscii }: Terminal): string {
  return isAscii ? '->' : '→'
}

/** Stands between facts of a line. */
export function dot({ isAscii }: Terminal): string {
  return isAscii ? '-' : '·'
}
