import { randomBytes } from 'node:crypto'
import { createAuditLog } from '@slm-audit/core'
import { type DatabaseEncryption, openReader, sqliteJournal } from '@slm-audit/sqlite'
import { type Effort, interleave, type Result, withFile } from './harness.ts'

const CALLS = 8_000
const READS = 200
const LEAST_RATE = 0.8
const LEAST_RATE_BY_SUBJECT = 0.6
const LEAST_RATE_OF_BOTH = LEAST_RATE * LEAST_RATE_BY_SUBJECT
/** The variable that the wrapping key is in meanwhile. */
const KEYS = 'SLM_AUDIT_BENCH_CONTENTS_KEYS'
/** People whose contents are encrypted, each with a key. */
const USERS = 200

/** What an encrypted database, and contents that are encrypted by subject, cost whoever writes and reads it, against a plain one. */
export async function encryptionCost({ rounds, scale }: Effort): Promise<Result[]> {
  const calls = Math.max(READS, Math.round(CALLS * scale))
  const secret = randomBytes(32)
  process.env[KEYS] = randomBytes(32).toString('hex')
  const reads: { [variant: string]: number } = {}
  const variant = (name: string, encryption?: DatabaseEncryption) => async () =>
    await withFile(async (file) => {
      const ms = await written(file, calls, encryption)
      reads[name] = await readMs(file, encryption)
      return ms
    })
  const ms = await interleave(Math.min(rounds, 3), {
    plain: variant('plain'),
    encrypted: variant('encrypted', { key: () => secret }),
    bySubject: variant('bySubject', { contents: { keys: { env: KEYS } } }),
    both: variant('both', { key: () => secret, contents: { keys: { env: KEYS } } })
  })
  const { plain = 0, encrypted = 0, bySubject = 0, both = 0 } = reads
  const rate = ms.plain / ms.encrypted
  return [
    {
      what: 'records a second, encrypted database',
      ours: rateOf(ms.encrypted, calls),
      control: `plain ${rateOf(ms.plain, calls)}`,
      ratio: rate.toFixed(2),
      aim: `≥ ${LEAST_RATE}`,
      met: rate >= LEAST_RATE
    },
    {
      what: 'one call read, encrypted database',
      ours: `${encrypted.toFixed(2)} ms`,
      control: `plain ${plain.toFixed(2)} ms`,
      ratio: (encrypted / plain).toFixed(2),
      aim: '',
      met: true
    },
    ...(
      [
        ['contents by subject', ms.bySubject, bySubject, LEAST_RATE_BY_SUBJECT],
        ['contents by subject in an encrypted database', ms.both, both, LEAST_RATE_OF_BOTH]
      ] as const
    ).flatMap(([what, wroteMs, readOneMs, least]) => [
      {
        what: `records a second, ${what}`,
        ours: rateOf(wroteMs, calls),
        control: `plain ${rateOf(ms.plain, calls)}`,
        ratio: (ms.plain / wroteMs).toFixed(2),
        aim: `≥ ${least.toFixed(2)}`,
        met: ms.plain / wroteMs >= least
      },
      {
        what: `one call read, ${what}`,
        ours: `${readOneMs.toFixed(2)} ms`,
        control: `plain ${plain.toFixed(2)} ms`,
        ratio: (readOneMs / plain).toFixed(2),
        aim: '',
        met: true
      }
    ])
  ]
}

async function written(
  file: string,
  calls: number,
  encryption: DatabaseEncryption | undefined
): Promise<number> {
  const journal = await sqliteJournal({ file, ...(encryption && { encryption }) })
  await using log = createAuditLog({ journal })
  const began = performance.now()
  for (let at = 0; at < calls; at++) {
    const input = [{ role: 'user', content: `question ${at} `.repeat(40) }]
    const request = { operation: 'chat', provider: 'bench', model: 'm', input }
    await log.withContext({ user: `u-${at % USERS}`, session: `s-${at}` }, () =>
      log.record(request, async () => 'answer '.repeat(60))
    )
  }
  await log.flush()
  return performance.now() - began
}

async function readMs(file: string, encryption: DatabaseEncryption | undefined): Promise<number> {
  await using reader = await openReader(file, encryption ? { encryption } : {})
  const began = performance.now()
  for (let at = 0; at < READS; at++) await reader.get(`${1 + at * 2}`)
  return (performance.now() - began) / READS
}

function rateOf(ms: number, calls: number): string {
  return `${Math.round((2 * calls * 1_000) / ms).toLocaleString('en')}/s`
}
