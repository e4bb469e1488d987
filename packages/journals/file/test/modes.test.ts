import { chmodSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileExporter, openFileReader } from '@slm-audit/file'
import { expect, test } from 'vitest'
import { chat, freshPath, openLog } from './support.ts'
import { filesWith } from './upkeep/conversations.ts'

/** The modes of the files and folders in a directory, each once. */
function modesIn(directory: string): string[] {
  const inside = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(({ name }) => !/^(lock|pack|writer-.*)$|\.lock$|spool|\.frames$/.test(name))
    .map((each) => join(each.parentPath, each.name))
    .filter((path) => !path.includes('spool'))
  return [...new Set(inside.map((path) => (statSync(path).mode & 0o777).toString(8)))].sort()
}

/** A folder of a mode, whatever the process takes off the modes of what it makes. */
function madeWith(mode: number, path: string): void {
  mkdirSync(path)
  chmodSync(path, mode)
}

test.skipIf(process.platform === 'win32')(
  'one group may list headers in files, another reads contents, and nobody else gets either',
  async () => {
    const [directory, lists] = [freshPath(), freshPath('lists')]
    madeWith(0o750, lists)
    const exporter = fileExporter({ directory: lists, rotate: { bytes: 500 } })
    const exporters = [{ exporter, contents: false }]
    const { log, problems } = await openLog({ directory, rotate: { bytes: 500 } }, { exporters })
    for (let each = 0; each < 5; each++) {
      await log.record({ ...chat, model: 'm', input: 'secretwords' }, async () => 'answer')
    }
    await log.close()
    expect(problems).toEqual([])
    expect(modesIn(lists)).toEqual(['640', '750'])
    expect(modesIn(directory)).toEqual(['600', '700'])
    expect(filesWith(lists, 'secretwords')).toEqual([])
    await using reader = await openFileReader(lists)
    expect((await reader.query('model:m')).items).toHaveLength(5)
    expect((await reader.verify()).flaw).toBeUndefined()
  }
)

test.skipIf(process.platform === 'win32')(
  'what is set aside of a log that a group reads is read by it, too',
  async () => {
    const directory = freshPath()
    madeWith(0o750, directory)
    const { log } = await openLog({ directory })
    await log.record({ ...chat, input: 'words' }, async () => 'answer')
    await log.close()
    const [newest = ''] = readdirSync(directory).filter((name) => name.startsWith('records-'))
    rmSync(join(directory, newest))
    const next = await openLog({ directory })
    await next.log.close()
    expect(next.problems.join()).toMatch(/is in lost\//)
    expect(modesIn(directory)).toEqual(['640', '750'])
  }
)

test.skipIf(process.platform === 'win32')(
  'files in a directory that everybody gets into are their owner’s alone',
  async () => {
    const directory = freshPath()
    madeWith(0o755, directory)
    const { log } = await openLog({ directory })
    await log.record({ ...chat, input: 'words' }, async () => 'answer')
    await log.close()
    expect(modesIn(directory)).toEqual(['600', '700'])
  }
)
