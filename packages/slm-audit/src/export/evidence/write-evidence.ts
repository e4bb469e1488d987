import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { makeFolder } from '@slm-audit/core/node'
import type { Reader, VerifyReport } from '@slm-audit/core/reader'
import type { ExportedLog } from '../export-calls.ts'
import type { OutputFolder } from '../output-folder.ts'
import { policyOfKeys, putProved } from '../proved-records.ts'
import { auditorReadme } from './auditor-readme.ts'
import { CONTROLS, DATES } from './controls.ts'
import { evidencePage } from './evidence-page.ts'
import { type EvidenceFacts, Gatherer, type Period } from './gather.ts'

/** What an evidence pack is about, and where it goes. */
export interface EvidenceRequest {
  readonly period: Period
  /** The folder; made where it is missing. */
  readonly folder: string
  /** The same folder, for its files. */
  readonly output: OutputFolder
  /** How many calls are proved. */
  readonly sample: number
  /** Hears of records that were read. */
  readonly onProgress: (done: number, of: number) => void
}

/** What was written. */
export interface EvidencePack {
  readonly report: VerifyReport
  readonly facts: EvidenceFacts
  /** Names of the proofs. */
  readonly proofs: readonly string[]
  /** Whether the verifier is in the pack. */
  readonly hasVerifier: boolean
}

/** Records between two changes of the progress bar. */
const SHOWN_EVERY = 1_000

/**
 * Writes what a log shows of a period: a page, the same as JSON, proofs of a sample, the log's keys, its newest checkpoint, the
 * verifier where it is installed, and how to check all of it. Nothing of what calls said is in it.
 */
export async function writeEvidence(
  reader: Reader,
  log: Pick<ExportedLog, 'size' | 'records'>,
  request: EvidenceRequest
): Promise<EvidencePack> {
  const { period, folder, output, onProgress } = request
  const gatherer = new Gatherer(period)
  for await (const record of log.records()) {
    gatherer.add(record)
    if (record.index % SHOWN_EVERY !== 0) continue
    onProgress(record.index, log.size)
    // Signals are let in.
    await setImmediate()
  }
  const report = await reader.verify()
  const { checkpoints, verdict, custody } = report
  const facts = gatherer.facts({ checkpoints, verdict, custody })
  makeFolder(join(folder, 'proofs'))
  const put = (name: string, content: string) => output.put(name, content)
  const proofs = await putProofs(reader, sampleOf(facts.auditIds, request.sample), put)
  await put('policy.txt', policyOfKeys(report.keys))
  if (report.newestCheckpoint !== undefined) await put('checkpoint.txt', report.newestCheckpoint)
  const verifier = verifierPage()
  if (verifier !== undefined) await put('verifier.html', verifier)
  const hasVerifier = verifier !== undefined
  const madeAt = new Date().toISOString()
  await put('README.txt', auditorReadme(report.origin, hasVerifier))
  await put('evidence.json', json({ period, madeAt, report, facts, proofs }))
  await put('evidence.html', evidencePage({ period, madeAt, report, facts, proofs }))
  await output.settle()
  return { report, facts, proofs, hasVerifier }
}

/** So many of the calls, spread evenly: the first and the last are among them. */
export function sampleOf(ids: readonly string[], size: number): readonly string[] {
  if (ids.length <= size) return ids
  const step = size === 1 ? 0 : (ids.length - 1) / (size - 1)
  return Array.from({ length: size }, (_, at) => ids[Math.round(at * step)] ?? '')
}

async function putProofs(
  reader: Reader,
  ids: readonly string[],
  put: (name: string, content: string) => Promise<void>
): Promise<string[]> {
  const names: string[] = []
  for (const auditId of ids) {
    await setImmediate()
    // What is not signed yet has no proof, and the page says how many are not.
    const placed = (await putProved(reader, auditId, 'proofs', put)) ?? []
    names.push(...placed.map(({ base }) => `${base}.tlog-proof`))
  }
  return names
}

function json({
  period,
  madeAt,
  report,
  facts,
  proofs
}: Parameters<typeof evidencePage>[0]): string {
  const { auditIds, ...counted } = facts
  const controls = CONTROLS.map(({ found, ...each }) => ({ ...each, found: found(facts) }))
  const all = {
    period,
    madeAt,
    dates: DATES,
    report,
    ...counted,
    sampledFrom: auditIds.length,
    controls,
    proofs
  }
  return `${JSON.stringify(all, null, 2)}\n`
}

/** The verifier as one page, of the package that has it; `undefined` where that is not installed. */
function verifierPage(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('@slm-audit/verify/package.json')
    const path = join(dirname(manifest), 'dist', 'verifier.html')
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  } catch {
    // It is a package of its own, which the README names.
    return undefined
  }
}
