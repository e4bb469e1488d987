import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { DeadSpools, type SpoolFolder } from '../../../src/node/spool/index.ts'
import { openReader, readAll, temporaryRoot } from './support.ts'

const PROGRAM = join(import.meta.dirname, 'programs/appending.ts')

for (const ending of ['kill', 'kill', 'kill', 'exit', 'main-exit', 'cluster', 'terminate']) {
  test(`what was acknowledged is there after ${ending}, and can be taken over`, async () => {
    const root = temporaryRoot()
    const notes = `${root}.notes`
    const child = spawn(process.execPath, [PROGRAM, root, notes, ending], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await says(child, 'running')
    if (ending === 'kill') {
      // The others end by themselves as soon as they have said so.
      expect(new DeadSpools(root).take()).toEqual([])
      await setTimeout(Math.random() * 50)
      child.kill('SIGKILL')
    }
    if (ending === 'terminate') await says(child, 'terminated')
    else await once(child, 'exit')
    let taken: readonly SpoolFolder[] = []
    await expect
      .poll(() => {
        taken = new DeadSpools(root).take()
        return taken
      })
      .toHaveLength(1)
    expect(new DeadSpools(root).take()).toEqual([])
    const left = openReader(taken[0]?.path ?? '')
    const read = readAll(left).map(({ auditId }) => auditId)
    const acknowledged = readFileSync(notes, 'utf8').split('\n').slice(0, -1)
    expect(acknowledged.length).toBeGreaterThan(400)
    const known = new Set(read)
    const missing = acknowledged.filter((id) => !known.has(id))
    expect(missing).toEqual([])
    expect(known.size).toBe(read.length)
  })
}

async function says(child: ChildProcess, word: string): Promise<void> {
  for (let text = ''; !text.includes(word); ) {
    const [more] = await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
    text += String(more)
  }
}
