import { copyFileSync, writeFileSync } from 'node:fs'
import { openReader } from '@slm-audit/sqlite'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { attack } from '../read/attack-support.ts'
import { chat, freshFile, openLog, stagesIn } from '../support.ts'

const turn = { messages: [{ role: 'user', content: 'b'.repeat(300) }] }
const exporter = {
  name: 'probe',
  export: async () => ({ status: 'stored' }) as const,
  async [Symbol.asyncDispose]() {}
}
let original = ''

async function record(file: string, calls: number): Promise<string[]> {
  const { log, problems } = await openLog({ file, origin: 'example.com/log' })
  log.addExporter(exporter)
  for (let at = 0; at < calls; at++) {
    log.withContext({ session: 's' }, () =>
      log.open({ ...chat, input: turn }).complete({ output: 'x' })
    )
  }
  await log.close()
  return problems.map(({ message }) => message)
}

beforeAll(async () => {
  original = freshFile()
  await record(original, 5)
})

/** Rows that were changed while nobody had the log open, and what its next writer and verification say. */
const CASES: readonly [what: string, sql: string, told: RegExp | undefined, found?: object][] = [
  [
    'a checkpoint beyond the end',
    `INSERT INTO checkpoints VALUES (99999, 0, 'x')`,
    /no key of the log has signed/
  ],
  [
    'a checkpoint beyond the end, with a signature of the log under another text',
    'INSERT INTO checkpoints SELECT 12, 0, note FROM checkpoints',
    /the newest for 12 records, no key of the log has signed/
  ],
  [
    'the newest checkpoint, emptied',
    `UPDATE checkpoints SET note = ''`,
    /no key of the log has signed/
  ],
  [
    'the newest checkpoint, moved',
    'UPDATE checkpoints SET size = -1',
    /no key of the log has signed/,
    { strays: 1 }
  ],
  [
    'another name of the log',
    `UPDATE meta SET value = 'x' WHERE name = 'origin'`,
    /another name of the log/,
    {}
  ],
  ['no name of the log', 'DELETE FROM meta', /another name of the log/, {}],
  ['a content', `UPDATE contents SET body = x'00' WHERE body NOT NULL`, /content mismatch/],
  ['a part', `UPDATE parts SET body = x'00'`, /content mismatch/],
  ['all parts gone', 'DELETE FROM parts', /content mismatch/],
  [
    'a note of retention of no kind',
    `INSERT INTO aged VALUES ('constructor', 0, 1)`,
    undefined,
    {}
  ],
  ['the state of an exporter', `UPDATE exporters SET state = '{'`, undefined, {}],
  ['the cursor of an exporter', 'UPDATE exporters SET next = 1e300', /was moved to/, {}]
]

test.each(CASES)('%s: logging goes on, and it is told', async (_, sql, told, sound) => {
  const file = attack(original, (database) => database.exec(sql))
  copyFileSync(`${original}.key`, `${file}.key`)
  const problems = await record(file, 3)
  if (told) expect(problems).toContainEqual(expect.stringMatching(told))
  else expect(problems).toEqual([])
  expect(await stagesIn(file)).toEqual({ complete: 8 })
  const reader = await openReader(file)
  onTestFinished(() => reader[Symbol.asyncDispose]())
  const report = await reader.verify()
  if (sound) expect(report).toMatchObject({ unsigned: 0, ...sound })
  expect(report.flaw === undefined).toBe(sound !== undefined)
  const [status] = await reader.exporters()
  expect(status).toMatchObject({ name: 'probe', next: report.size })
})

test('a lock file that is no database is made one again', async () => {
  const file = attack(original, () => undefined)
  copyFileSync(`${original}.key`, `${file}.key`)
  for (const name of ['exporter-probe', 'writer-0'])
    writeFileSync(`${file}-${name}`, 'x'.repeat(99))
  expect(await record(file, 1)).toEqual([])
  await using reader = await openReader(file)
  const [status] = await reader.exporters()
  expect(status).toMatchObject({ name: 'probe', lag: 0 })
})
