// The log that is tampered with, and what somebody elsewhere knows of it.
import { copyFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditLog, createAuditLog, openReader } from 'slm-audit'
import { fileJournal } from '../../packages/journals/file/src/index.ts'
import { rotateKeyFile } from '../../packages/journals/sqlite/src/index.ts'

/** What is known outside of a log, as files. */
export interface Outside {
  /** The checkpoint that an earlier verification ended with. */
  readonly since: string
  /** The newest checkpoint. */
  readonly newest: string
  /** A policy with the newest key. */
  readonly policy: string
}

/** The logs that tamperings are copies of. */
export interface BaseLogs {
  readonly folder: string
  readonly database: Outside & {
    readonly file: string
    readonly backup: string
    readonly size: number
  }
  readonly files: Outside & { readonly directory: string }
}

/** Makes both logs: 140 calls in a database, with a change of keys between, and 60 in files. */
export async function makeBaseLogs(): Promise<BaseLogs> {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-tamperings-'))
  return { folder, database: await makeDatabase(folder), files: await makeFiles(folder) }
}

async function makeDatabase(folder: string): Promise<BaseLogs['database']> {
  const file = join(folder, 'audit.db')
  const [since, newest, policy] = [
    join(folder, 'since'),
    join(folder, 'newest'),
    join(folder, 'policy')
  ]
  const backup = join(folder, 'backup.db')
  await callsIn(file, 70)
  await keepCheckpoint(file, since)
  copyFileSync(file, backup)
  await rotateKeyFile(file, `${file}.key`)
  await callsIn(file, 70)
  await keepCheckpoint(file, newest)
  await using reader = await openReader(file)
  const keys = await reader.keys()
  writeFileSync(policy, `log ${keys.at(-1)}\nquorum none\n`)
  const { size } = await reader.verify()
  return { file, backup, since, newest, policy, size }
}

async function callsIn(file: string, count: number): Promise<void> {
  const log = await createAuditLog({ file, service: 'shop', stateFolder: false })
  await makeCalls(log, count)
  await log.close()
}

async function keepCheckpoint(file: string, path: string): Promise<void> {
  await using reader = await openReader(file)
  writeFileSync(path, (await reader.checkpoint()) ?? '')
}

/** Calls that follow each other in two conversations, so that contents are stored in parts as well as whole. */
async function makeCalls(log: AuditLog, count: number): Promise<void> {
  const said: { readonly role: string; readonly content: string }[] = []
  for (let at = 0; at < count; at++) {
    said.push({ role: 'user', content: `question ${at} about refunds` })
    const context = at % 3 === 0 ? {} : { session: `S-${at % 2}`, user: `u-${at % 2}` }
    const input = at % 3 === 0 ? `question ${at}` : said.slice(-6)
    await log.withContext(context, () =>
      log.record(
        { operation: 'chat', provider: 'mine', model: 'm-1', input },
        async () => `answer ${at}`
      )
    )
  }
  await log.flush()
}

async function makeFiles(folder: string): Promise<BaseLogs['files']> {
  const directory = join(folder, 'files')
  const newest = join(folder, 'files-newest')
  const [since, policy] = [join(folder, 'files-since'), join(folder, 'files-policy')]
  for (let part = 0; part < 3; part++) {
    const journal = await fileJournal({ directory, rotate: { bytes: 40_000 }, compression: 'gzip' })
    const log = await createAuditLog({ journal, service: 'shop' })
    await makeCalls(log, part === 2 ? 5 : 20)
    await log.close()
    if (part === 0) cpSync(join(directory, 'checkpoint'), since)
  }
  cpSync(join(directory, 'checkpoint'), newest)
  const key = /"key":"([^"]+)"/.exec(readFileSync(join(directory, 'manifest.jsonl'), 'utf8'))?.[1]
  writeFileSync(policy, `log ${key}\nquorum none\n`)
  return { directory, since, newest, policy }
}
