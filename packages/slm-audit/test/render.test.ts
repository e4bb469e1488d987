import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { createAuditLog } from 'slm-audit'
import { runCli } from 'slm-audit/run-cli'
import { expect, test } from 'vitest'
import { columnsOf } from '../src/render/columns.ts'
import { cli } from './run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')

/** Sets the title, clears the screen, turns the direction of writing, and rings. */
const EVIL = 'fine\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eesrever\r\u0008'

async function record(): Promise<void> {
  await using log = await createAuditLog({ file })
  const request = { operation: 'chat', provider: `p${EVIL}`, model: `m${EVIL}`, input: EVIL }
  const context = { user: EVIL, session: EVIL, tags: { [EVIL]: EVIL } }
  await log.withContext(context, () =>
    log.record(request, async () => `${EVIL} ${'説明は長いので折り返されます'.repeat(8)}`)
  )
  const failed = Object.assign(new Error(EVIL), { name: EVIL })
  await log.record(request, () => Promise.reject(failed)).catch(() => undefined)
}

test('what was recorded neither steers the terminal nor leaves its columns', async () => {
  await record()
  const { out } = await cli('list', '--json', '--file', file)
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
    expect(shown.out).toContain('\\u001b')
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
  expect(plain.map((line) => line.indexOf('mfine'))).toEqual([36, 36])
})
