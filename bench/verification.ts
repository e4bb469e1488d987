import { createHash, hash } from 'node:crypto'
import { openReader } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { type Effort, interleave, microseconds, type Result, withFile } from './harness.ts'
import { writeLog } from './log-rows.ts'

const AIM = 0.5
/** Verifying a million records takes seconds: fewer rounds than for the small things. */
const ROUNDS = 3

/** Verification of a large log, against the machine's own SHA-256 over the same bytes. */
export async function verification({ rounds, scale }: Effort): Promise<Result[]> {
  // By the square, since writing the log takes longest: a quick run only shows that it runs.
  const records = Math.max(1000, Math.round(1_000_000 * scale ** 2))
  return withFile(async (file) => {
    await writeLog(file, records)
    const { ours, pieces, bulk } = await interleave(Math.min(rounds, ROUNDS), {
      ours: () => verified(file),
      pieces: () => hashed(file, (bytes) => bytes.map((each) => hash('sha256', each))),
      bulk: () =>
        hashed(file, (bytes) => {
          const one = createHash('sha256')
          for (const each of bytes) one.update(each)
          one.digest()
        })
    })
    const oursCpu = await processorMs(() => verified(file))
    const perSecond = (took: number) => `${((records * 1000) / took).toFixed(0)} records/s`
    const line = (control: number, what: string, aim: string): Result => ({
      what: `verifying ${records.toLocaleString('en')} records`,
      ours: perSecond(ours),
      control: `${what} ${perSecond(control)}`,
      ratio: (control / ours).toFixed(2),
      aim,
      met: control / ours >= AIM
    })
    return [
      line(pieces, 'SHA-256 of each header and content', `≥ ${AIM}`),
      line(bulk, 'SHA-256 of all bytes at once', ''),
      {
        what: 'processor time of verifying a record, all threads',
        ours: microseconds((oursCpu * 1000) / records),
        control: '',
        ratio: '',
        aim: '',
        met: true
      }
    ]
  })
}

async function verified(file: string): Promise<number> {
  await using reader = await openReader(file)
  const from = performance.now()
  const { flaw } = await reader.verify()
  if (flaw) throw new Error(`record ${flaw.index}: ${flaw.kind}`)
  return performance.now() - from
}

/** The time of all processors that a run takes, in milliseconds. */
async function processorMs(run: () => Promise<unknown>): Promise<number> {
  const from = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1000
}

/** Hashes all headers and contents; reading them is not measured. */
async function hashed(file: string, digest: (bytes: Buffer[]) => void): Promise<number> {
  const database = new Database(file, { readonly: true })
  let took = 0
  for (const sql of [
    'SELECT CAST(header AS BLOB) FROM records WHERE idx >= ? ORDER BY idx LIMIT 1000',
    'SELECT body FROM contents WHERE id >= ? * 64 ORDER BY id LIMIT 1000'
  ]) {
    const select = database.prepare(sql).pluck()
    for (let first = 0; ; first += 1000) {
      const bytes = select.all(first) as Buffer[]
      if (bytes.length === 0) break
      const from = performance.now()
      digest(bytes)
      took += performance.now() - from
    }
  }
  database.close()
  return took
}
