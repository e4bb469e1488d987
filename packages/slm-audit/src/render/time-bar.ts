import type { AuditRecord } from '@slm-audit/core'
import type { Terminal } from '../terminal.ts'
import { durationWord } from './words.ts'

const SHORTEST = 8
const LONGEST = 60
/** Columns before the bar, and between it and its words. */
const BLANKS = 4

/** How the time of a streamed answer parts: until its first chunk, and from there on; absent for others. */
export function timeBar({ timing }: AuditRecord, terminal: Terminal): string | undefined {
  const { durationMs = 0, timeToFirstChunkMs: first, chunks = 0 } = timing ?? {}
  if (first === undefined || chunks < 2 || durationMs <= 0 || first > durationMs) return undefined
  const words = `first chunk ${durationWord(first)}, stream ${durationWord(durationMs - first)}`
  const room = Number.isFinite(terminal.width) ? terminal.width : 80
  const length = Math.min(LONGEST, Math.floor(room * 0.4), room - BLANKS - words.length)
  const waited = Math.round((first / durationMs) * length)
  if (length < SHORTEST) return words
  const [wait, stream] = terminal.isAscii ? ['-', '#'] : ['░', '█']
  const bar = `${wait.repeat(waited)}${terminal.style('cyan', stream.repeat(length - waited))}`
  return `${bar}  ${terminal.style('dim', words)}`
}
