import type { AuditRecord } from '@slm-audit/core'
import type { SessionSummary } from '@slm-audit/core/reader'
import { expect, test } from 'vitest'
import { columnsOf } from '../../src/render/columns.ts'
import { durationFigure } from '../../src/render/figures.ts'
import { sessionHead } from '../../src/render/session.ts'
import { timeBar } from '../../src/render/time-bar.ts'
import type { Terminal } from '../../src/terminal.ts'

const terminalOf = (width: number): Terminal => ({
  width,
  isInteractive: true,
  isGone: false,
  write: () => undefined,
  print: () => undefined,
  explain: () => undefined,
  progress: () => undefined,
  style: (_style, text) => text
})

test.each([50, 60, 80, 100, 160])('the bar of a streamed answer fits into %i columns', (width) => {
  const timing = { durationMs: 367, timeToFirstChunkMs: 170, chunks: 9 }
  const bar = timeBar({ timing } as Partial<AuditRecord> as AuditRecord, terminalOf(width)) ?? ''
  expect(bar).toContain('first chunk 170 ms, stream 197 ms')
  // It stands two columns from the left.
  expect(columnsOf(bar) + 2).toBeLessThanOrEqual(width)
})

test.each([80, 100, 120])('a session says in %i columns where its time went', (width) => {
  const session: Partial<SessionSummary> = {
    session: 'S-1898',
    users: ['u-177'],
    services: ['support-bot 2.4.0'],
    beganAt: '2026-11-30T10:09:35.000Z',
    stepCount: 4,
    busyMs: 1900,
    slowest: { name: 'qwen3:4b-2507', durationMs: 987 } as SessionSummary['slowest'] & object,
    errorCount: 0,
    openCount: 0
  }
  const head = sessionHead(session as SessionSummary, terminalOf(width))
  expect(head).toMatch(/^S-1898 · u-177 .*4 steps · 1\.9 s, 987 ms of it in qwen3:4b-2507$/)
  expect(columnsOf(head)).toBeLessThanOrEqual(width)
  expect(head.includes('support-bot')).toBe(width === 120)
})

test('long times are days', () => {
  expect([7_773_743_000, 172_800_000, 100_000_000].map(durationFigure)).toEqual([
    '90 days',
    '2 days',
    '27.8 h'
  ])
})
