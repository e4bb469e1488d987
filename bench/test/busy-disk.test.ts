import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

test('what keeps a disk busy ends with who started it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-busy-'))
  const file = join(folder, 'busy')
  const program = new URL('../programs/busy-disk.ts', import.meta.url).pathname
  const starter = `
    const args = ${JSON.stringify([program, file])}
    const { pid } = require('node:child_process').spawn(process.execPath, args, { stdio: 'inherit' })
    console.log(pid)
    setInterval(() => undefined, 1_000)`
  const parent = spawn(process.execPath, ['-e', starter], { stdio: ['ignore', 'pipe', 'inherit'] })
  let isOver = false
  // Both have it open.
  parent.stdout.once('end', () => {
    isOver = true
  })
  const [printed] = await once(parent.stdout, 'data')
  onTestFinished(() => {
    if (!isOver) process.kill(Number(printed), 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  await expect.poll(() => existsSync(file)).toBe(true)
  expect(isOver).toBe(false)
  parent.kill('SIGKILL')
  await expect.poll(() => isOver).toBe(true)
}, 60_000)
