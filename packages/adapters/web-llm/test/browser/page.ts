import { MLCEngine, WebWorkerMLCEngine } from '@mlc-ai/web-llm'
import {
  type AuditError,
  type AuditLog,
  type AuditLogOptions,
  createAuditLog,
  type MemoryJournal,
  memoryJournal,
  parseRecord
} from '@slm-audit/core'
import { encodeSealed } from '@slm-audit/core/journal'
import { type AuditedCall, checkRecord, mergeCall } from '@slm-audit/core/reader'
import { wrapWebLLM } from '@slm-audit/web-llm'
import { fetchExporter } from '@slm-audit/webhook'
import { scenarios, withoutClock } from '../scenarios.ts'
import { appConfig, MODEL, type StandIn, standIn } from '../stand-in.ts'
import { StandInPipeline } from '../stand-in-pipeline.ts'

/** What came of a scenario in the page. */
export interface Played {
  /** What the application saw of the bare engine, and of the wrapped one. */
  readonly control: unknown
  readonly audited: unknown
  readonly calls: readonly AuditedCall[]
  readonly problems: readonly string[]
}

/** Ways to attach the log. */
export type Attach = 'once' | 'twice' | 'closed'

/** Plays a scenario on a bare engine and on a wrapped one. */
async function play(name: string, where: 'page' | 'worker', attach: Attach): Promise<Played> {
  const scenario = scenarios.find((one) => one.name === name)
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`)
  const create = where === 'page' ? newEngine : workerEngine
  const control = await outcomeOf(async () => scenario.run(await create()))
  const { log, journal, problems } = newLog()
  if (attach === 'closed') await log.close()
  const subject = await create()
  const wrapped = wrapWebLLM(subject.engine, log)
  if (attach === 'twice') wrapWebLLM(wrapped, log)
  if (wrapped !== subject.engine) throw new Error('the engine is another one')
  const audited = await outcomeOf(() => scenario.run(subject))
  if (!scenario.leavesOpen) await log.flush()
  await log.close()
  return { control, audited, calls: callsOf(journal), problems: problems.map(({ code }) => code) }
}

function newEngine(): StandIn {
  return standIn(new MLCEngine({ appConfig, logLevel: 'SILENT' }))
}

let worker: Worker | undefined

/** The engine in a worker, behind the real client and the real handler. */
async function workerEngine(): Promise<StandIn> {
  worker ??= new Worker('/worker.js', { type: 'module' })
  const engine = new WebWorkerMLCEngine(worker, { appConfig, logLevel: 'SILENT' })
  await engine.reload(MODEL)
  return { engine, pipeline: new StandInPipeline() }
}

function newLog(options: Partial<AuditLogOptions> = {}) {
  const journal = memoryJournal({ origin: 'page' })
  const problems: AuditError[] = []
  const onProblem = (problem: AuditError) => problems.push(problem)
  const log = createAuditLog({ journal, service: 'page', onProblem, ...options })
  return { log, journal, problems }
}

function callsOf({ records }: MemoryJournal): AuditedCall[] {
  const byId = Map.groupBy(records, (sealed) => parseRecord(sealed).auditId)
  return [...byId.values()].map((group) => mergeCall(group)).filter((call) => call !== undefined)
}

async function outcomeOf(run: () => unknown): Promise<unknown> {
  try {
    return { returned: withoutClock(await run()) }
  } catch (error) {
    if (!(error instanceof Error)) return { threw: error }
    return { threw: { class: error.constructor.name, message: error.message } }
  }
}

let shipping: { log: AuditLog; journal: MemoryJournal; subject: StandIn } | undefined

/** Opens a log that is sent to the page's own server; records wait `waitMs` for others to go with. */
function ship({ waitMs = 10 } = {}): void {
  const exporter = fetchExporter({ url: '/audit', headers: () => ({ authorization: 'Bearer t' }) })
  const { log, journal } = newLog({
    windowMs: waitMs,
    exporters: [{ exporter, delayMs: waitMs, firstRetryMs: 20 }]
  })
  const subject = newEngine()
  wrapWebLLM(subject.engine, log)
  shipping = { log, journal, subject }
}

async function ask(content: string): Promise<void> {
  await shipping?.subject.engine.chat.completions.create({ messages: [{ role: 'user', content }] })
}

/** What a page can do with its records: look at them, check them, hand them out. */
async function handOut(): Promise<{ readonly flaws: readonly unknown[]; readonly text: string }> {
  const { log, journal } = shipping ?? newLog()
  await log.flush()
  const flaws = journal.records.map((record, index) => checkRecord(record, index))
  const lines = journal.records.map((record) => `${encodeSealed(record)}\n`)
  const file = URL.createObjectURL(new Blob(lines, { type: 'application/jsonl' }))
  return { flaws: flaws.filter(Boolean), text: await (await fetch(file)).text() }
}

/** What the test calls. */
export const page = { play, ship, ask, handOut }

Object.assign(globalThis, { page })
