import { createAuditLog, memoryJournal } from '@slm-audit/core'
import { describe, expect, test } from 'vitest'
import { optionMembers, optionTable } from '../../../../scripts/option-types.ts'
import { checkLogOptions } from '../../src/log/check-log-options.ts'
import { LOG_OPTIONS, type LogOptionTable } from '../../src/log/log-options.ts'

const journal = memoryJournal()

describe('an option is written down once', () => {
  test('one that is added to the table is checked, completed, typed and documented', () => {
    const table: LogOptionTable = {
      ...LOG_OPTIONS,
      shelves: { takes: 'number', least: 2, unless: 3, says: 'how many shelves there are' }
    }
    expect(checkLogOptions({ journal }, table)).toMatchObject({ shelves: 3, mode: 'async' })
    expect(() => checkLogOptions({ journal, shelves: 1 }, table)).toThrow(
      'shelves must be a number of at least 2'
    )
    expect(() => checkLogOptions({ journal, shelfs: 4 }, table)).toThrow('did you mean shelves?')
    expect(optionMembers(table)).toContain(
      '/** How many shelves there are. `3` unless given. */\n  readonly shelves?: number\n'
    )
    expect(optionTable(table)).toContain('| `shelves` | number ≥ 2 | `3` | how many shelves')
  })

  test('what is not taken is refused with its name and what it takes', () => {
    const odd: readonly (readonly [object, string])[] = [
      [{ service: 5 }, 'service must be a string'],
      [{ mode: 'sync' }, 'mode must be one of async, blocking, blocking-strict'],
      [{ media: ['keep'] }, 'media must be one of digest, keep'],
      [{ windowMs: -1 }, 'windowMs must be a number of at least 0'],
      [{ maxBytes: '1' }, 'maxBytes must be a number of at least 1'],
      [{ exporters: {} }, 'exporters must be a list of exporters, or of { exporter, …options }'],
      [{ onProblem: true }, 'onProblem must be a function'],
      [{ platform: {} }, 'platform must be a platform, for instance nodePlatform()'],
      [{ journal: {} }, 'journal must be a journal, for instance memoryJournal()'],
      [
        { journal: Promise.resolve(journal) },
        'journal must be a journal, for instance memoryJournal(), not a promise: await what makes it'
      ],
      [{ journl: journal }, 'createAuditLog has no option journl; did you mean journal?']
    ]
    for (const [options, message] of odd) {
      expect(() => createAuditLog({ journal, ...options } as never)).toThrow(message)
    }
  })
})
