import type { listHolds } from '@slm-audit/sqlite'
import type { Terminal } from '../../terminal.ts'
import { timeWord, zoneWord } from '../clock-words.ts'
import { counted } from '../figures.ts'
import { plainTable } from '../plain-table.ts'
import { cut } from '../words.ts'

const REASON_WIDTH = 48

/** The holds that are in force, as a table. */
export function renderHolds(holds: ReturnType<typeof listHolds>, terminal: Terminal): string {
  if (holds.length === 0) return terminal.style('dim', 'Nothing is held.')
  const rows = holds.map(({ incident, scope, scopeName, at, by, reason }) => [
    terminal.style('cyan', cut(incident, 24)),
    scope ? heldWord(scope, scopeName) : terminal.style('red', 'everything: its scope is lost'),
    timeWord(at, terminal),
    cut(by, 24),
    cut(reason, REASON_WIDTH)
  ])
  const since = { [`since (${zoneWord(terminal)})`]: 'left' } as const
  const columns = { incident: 'left', holds: 'left', ...since, by: 'left', reason: 'left' } as const
  return plainTable(columns, rows, terminal)
}

function heldWord({ calls, ...context }: NonNullable<Hold['scope']>, scopeName: string): string {
  if (!calls) {
    const named = Object.entries(context).map(([name, value]) => `${name} ${value}`)
    return cut(named.join(', '), 32)
  }
  return `${counted(calls.length, 'call')} by ${scopeName}`
}

type Hold = ReturnType<typeof listHolds>[number]
