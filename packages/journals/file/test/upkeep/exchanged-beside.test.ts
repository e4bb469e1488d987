import * as nodeFiles from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { LogFiles } from '../../src/journal/log-files.ts'
import { openDirectory } from '../../src/source/source-directory.ts'
import { administer } from '../../src/upkeep/administer.ts'
import { eraseStored } from '../../src/upkeep/erase-stored.ts'
import { read, written } from './conversations.ts'

/** Hears of each file that was read at once. */
let onRead: ((path: string) => void) | undefined

vi.mock('node:fs', async (importOriginal) => {
  const files = await importOriginal<typeof nodeFiles>()
  const readFileSync = (path: string, ...rest: []) => {
    const bytes = files.readFileSync(path, ...rest)
    onRead?.(String(path))
    return bytes
  }
  return { ...files, readFileSync }
})

afterEach(() => {
  onRead = undefined
})

const DRAFT = /^records-.*\.new$/

/** A log of which an erasure of Alice is killed, or waits, before the first file that it has written anew takes its place. */
async function halfway(): Promise<{ directory: string; draft: string }> {
  const directory = await written()
  const asked = { scope: { user: 'alice' }, reason: 'asked for', by: 'officer' }
  const killed = {
    ...nodeFiles,
    renameSync: (from: nodeFiles.PathLike, to: nodeFiles.PathLike) => {
      if (/records-\d+\.jsonl$/.test(String(to))) throw new Error('dead')
      nodeFiles.renameSync(from, to)
    }
  }
  const erasing = administer(directory, {}, {}, (each) => eraseStored(each, asked, killed))
  await expect(erasing).rejects.toThrow('dead')
  const [draft = ''] = nodeFiles.readdirSync(directory).filter((name) => DRAFT.test(name))
  return { directory, draft: join(directory, draft) }
}

test('what the manifest names counts where nothing else says that something goes, as in a copy', async () => {
  const { directory, draft } = await halfway()
  nodeFiles.rmSync(join(directory, 'erasing.json'))
  const { report } = await read(directory)
  expect(report.flaw).toBeUndefined()
  expect(report.absentContents).toBeGreaterThan(0)
  const { origin } = await openDirectory(directory, async (bytes) => bytes)
  const settings = { durability: 'disk', maxBytes: 500, maxAgeMs: 86_400_000 } as const
  const log = new LogFiles({ ...settings, directory, origin })
  log.close()
  expect(log.damage).toEqual([])
  expect(nodeFiles.existsSync(draft)).toBe(true)
})

test('a file that takes its place while it is verified is right before and behind that', async () => {
  const { directory, draft } = await halfway()
  const path = draft.slice(0, -'.new'.length)
  onRead = (each) => {
    if (each === path && nodeFiles.existsSync(draft)) nodeFiles.renameSync(draft, path)
  }
  expect((await read(directory)).report.flaw).toBeUndefined()
})
