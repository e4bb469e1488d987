import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { createAuditLog } from 'slm-audit'
import { processTerminal, runCli } from 'slm-audit/run-cli'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { renderCalls } from '../src/render/calls-list.ts'
import { columnsOf, takeColumns, visible } from '../src/render/columns.ts'
import { cli } from './run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')

/** Sets the title, clears the screen, colours and hides what follows, turns the direction of writing, and rings. */
const EVIL = 'fine\u001b]0;owned\u0007\u001b[2J\u001b[31m\u001b[8m\u009b31m\u202eesrever\r\u0008'

// biome-ignore lint/suspicious/noControlCharactersInRegex: what may not be shown
const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/

async function record(): Promise<void> {
  await using log = await createAuditLog({ file })
  const request = { operation: 'chat', provider: `p${EVIL}`, model: 'mfine', input: EVIL }
  const context = { user: EVIL, session: EVIL, tags: { [EVIL]: EVIL } }
  await log.withContext(context, () =>
    log.record(request, async () => `${EVIL} ${'説明は長いので折り返されます'.repeat(8)}`)
  )
  const failed = Object.assign(new Error(EVIL), { name: EVIL })
  await log.record(request, () => Promise.reject(failed)).catch(() => undefined)
}

test('what was recorded neither steers the terminal nor leaves its columns', async () => {
  await record()
  const { out } = await cli('list', '--jsonl', '--file', file)
  const ids = out.split('\n').map((line) => String(JSON.parse(line).auditId))
  const commands = [
    ['list'],
    ['search', 'fine'],
    ['tail', '--once'],
    ...ids.map((id) => ['show', id])
  ]
  for (const command of commands) {
    const shown = await cli(...command, '--file', file)
    expect([command[0], shown.code, shown.error]).toEqual([command[0], 0, ''])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what may not be there
    expect(shown.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    // Columns of calls hold names alone.
    if (command[0] === 'show' || command[0] === 'search') expect(shown.out).toContain('\\u001b')
    if (command[0] === 'tail') continue
    for (const line of shown.out.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(80)
  }
})

test('columns stand below each other in colours, too', async () => {
  const lines: string[] = []
  const terminal = {
    width: 80,
    isInteractive: true,
    print: (text: string) => lines.push(text),
    explain: () => undefined,
    progress: () => undefined,
    style: (style: Parameters<typeof styleText>[0], text: string) =>
      styleText(style, text, { validateStream: false })
  }
  await runCli(['tail', '--once', '--file', file], terminal as never)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  const plain = lines.map((line) => line.replace(/\u001b\[\d+m/g, ''))
  const [, ...rows] = plain
  expect(rows.map((line) => line.indexOf('mfine'))).toEqual([34, 34])
})

test('arguments, paths and JSON steer no terminal either', async () => {
  // What a process gets as an argument holds no NUL and is well-formed.
  const commands = [
    ['show', EVIL],
    ['list', '--since', EVIL],
    ['list', `--${EVIL}`],
    ['list', '--user', EVIL, '--json'],
    ['search', EVIL, '--json'],
    ['search', `unicorn${EVIL}`],
    ['prove', EVIL],
    ['verify', '--against', EVIL],
    ['export', '--format', EVIL],
    ['export', '--tiles', join(tmpdir(), `slm-audit-${process.pid}-\u001b[2J\u009b`)],
    ['replay-export', EVIL, '--from', '0'],
    [EVIL]
  ]
  for (const command of commands) {
    const { out, error } = await cli(...command, '--file', file)
    expect([command, RAW.exec(out + error)]).toEqual([command, null])
  }
  const [call] = (await cli('list', '--user', EVIL, '--jsonl', '--file', file)).out.split('\n')
  expect(JSON.parse(call ?? '').user).toBe(EVIL)
})

test.each([
  ['Chinese', '说明', 4],
  ['a family', '👩‍👩‍👧‍👦', 2],
  ['a flag', '🇩🇪', 2],
  ['a skin tone', '👍🏽', 2],
  ['a keycap', '1️⃣', 2],
  ['a heart as a picture', '❤️', 2],
  ['Hangul by parts', '한', 2],
  ['Hindi', 'नमक', 3],
  ['Thai', 'สวัสดี', 4],
  ['Hebrew with points', 'שָׁלוֹם', 4],
  ['accents by themselves', 'e\u0301', 1],
  ['half width', 'ｱ', 1]
])('%s takes its columns', (_, text, columns) => {
  expect(columnsOf(text)).toBe(columns)
})

test('what is measured without the tables of Unicode takes the columns that they say', () => {
  const wrong: string[] = []
  for (let code = 0x20; code < 0xd800; code++) {
    const text = String.fromCharCode(code)
    if (columnsOf(text) !== stringWidth(text)) wrong.push(code.toString(16))
  }
  expect(wrong).toEqual([])
  expect(columnsOf('\u001b[1m✓ 说明 \u001b[22m…')).toBe(8)
})

test('lists say which tool a model asked for, and how a stopped answer began', () => {
  const call = {
    ...{ auditId: 'a', kind: 'call', receivedAt: '2026-11-29T08:00:00.000Z', model: 'm' },
    question: 'Where is it?'
  } as const
  const calls = [
    { ...call, index: 3, stage: 'complete', tool: 'lookupOrder' },
    { ...call, index: 1, stage: 'cancelled', errorType: 'signal', answer: 'Once upon' }
  ] as const
  const terminal = { ...processTerminal(100), width: 100 }
  const [, asks, stopped] = renderCalls(calls, '', terminal, []).split('\n')
  expect(asks).toMatch(/Where is it\? → asks lookupOrder/)
  expect(stopped).toMatch(/Where is it\? → Once upon \(signal\)/)
})

test('what belongs together is not cut apart', () => {
  expect(takeColumns('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 3)).toBe('👩‍👩‍👧‍👦')
  expect(takeColumns('e\u0301e\u0301', 1)).toBe('e\u0301')
})

test('invisible text is written out, what scripts and flags need stays', () => {
  const hidden = Array.from('ignore', (each) => String.fromCodePoint(0xe0000 + each.charCodeAt(0)))
  expect(visible(`ok${hidden.join('')}`)).toMatch(/^ok\\u\{e0069\}/)
  const england = '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}'
  for (const text of [england, '👩‍👩‍👧', 'می\u200Cخواهم', 'soft\u00ADhyphen'])
    expect(visible(text)).toBe(text)
})
