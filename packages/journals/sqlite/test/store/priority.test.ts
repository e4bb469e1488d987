import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { getPriority } from 'node:os'
import { expect, test } from 'vitest'
import { chat, freshFile, openLog } from '../support.ts'

/** The threads of this process with their priorities (proc_pid_stat(5), field 19: nice). */
function threads(): { readonly name: string; readonly nice: number }[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/task').map((task) => {
    const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8')
    const [name, rest] = [
      stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      stat.slice(stat.lastIndexOf(')') + 2)
    ]
    return { name, nice: Number(rest.split(' ')[16]) }
  })
}

test('the thread that stores records stands behind the application, and no other one does', async () => {
  const own = getPriority()
  const before = new Set(threads().map(({ nice }) => nice))
  const { log } = await openLog({ file: freshFile() })
  await log.record(chat, async () => 'answer')
  await log.flush()
  await readFile(import.meta.filename)
  const behind = threads().filter(({ nice }) => !before.has(nice))
  // Elsewhere than on Linux, a priority is the whole process's.
  const expected = process.platform === 'linux' ? [{ name: 'slm-audit journ', nice: own + 5 }] : []
  expect(behind).toEqual(expected)
  expect(getPriority()).toBe(own)
  await log.close()
})
