import { cpSync } from 'node:fs'
import type { PolicyDocument } from '@slm-audit/core'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { applyRetention } from '@slm-audit/file'
import { chat, freshPath, openLog } from '../support.ts'

/** A policy of records that are kept for a year, their contents for six months, and of some that are kept for longer. */
export const policy: PolicyDocument = {
  retention: {
    default: 'short',
    classes: { short: { contents: 'P6M', headers: 'P1Y' }, long: { contents: 'P9Y' } }
  },
  rules: [
    { level: 'RequestResponse', match: { users: 'keep' }, retention: 'long' },
    { level: 'RequestResponse' }
  ]
}
const YEAR_MS = 366 * 86_400_000
/** A moment in so many years. */
export const later = (years: number) => new Date(Date.now() + years * YEAR_MS)

type Options = Parameters<typeof openLog>[0]
type Log = Awaited<ReturnType<typeof openLog>>['log']

/** Records calls with some numbers. */
export async function record(log: Log, from: number, to: number): Promise<void> {
  for (let each = from; each < to; each++) {
    const user = each % 100 === 7 ? 'keep' : `u-${each}`
    const input = user === 'keep' ? `keptwords ${each}` : `oldwords ${each}`
    await log.withContext({ user }, () => log.record({ ...chat, input }, async () => 'answer'))
    if (each % 20 === 19) await log.flush()
  }
  await log.flush()
}

/** Logs of 400 calls, by how they are written. */
const templates = new Map<string, Promise<string>>()

/**
 * A log of 400 calls in files of some dozen records; those with numbers 7, 107, … are of a class that is kept for long.
 */
export async function written(options: Partial<Options> = {}): Promise<string> {
  const name = JSON.stringify(options)
  const template = templates.get(name) ?? recorded(options)
  templates.set(name, template)
  const directory = freshPath()
  for (const suffix of ['', '.key']) {
    cpSync(`${await template}${suffix}`, `${directory}${suffix}`, { recursive: true })
  }
  return directory
}

/** A log of its own, with so many calls. */
export async function recorded(options: Partial<Options>, count = 400): Promise<string> {
  const directory = freshPath()
  const { log } = await openLog({ directory, rotate: { bytes: 30_000 }, ...options }, { policy })
  await record(log, 0, count)
  await log.close()
  return directory
}

/** Runs retention, and signs with the log's own key. */
export function apply(directory: string, options: Parameters<typeof applyRetention>[1] = {}) {
  const keyFile = `${directory}.key`
  const signer = privateKeySigner(readKeyFile(keyFile))
  return applyRetention(directory, { signer, keyFile, stateFolder: false, ...options })
}
