import { parentPort, workerData } from 'node:worker_threads'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import { Answering } from './read/answering.ts'
import { Clock } from './read/clock.ts'
import type { FindAnswer, FindQuestion } from './read/find-thread.ts'
import { LogView } from './read/log-view.ts'

/** Newest records that are looked at without an index: a fraction of a second. */
const TAIL = { records: 8_192, bytes: 32 * 1024 * 1024 }
/** How long the application that writes the index has to go on with it, before it is done here. */
const LOOK_MS = 2_000
const STEP_MS = 25
let timer: NodeJS.Timeout | undefined

const file = workerData.file as string
let newest: Answering | undefined
const log = new LogView(file, (database) => {
  newest = new Answering(database, file, TAIL)
  return newest
})
let searched: Promise<void> = Promise.resolve()

parentPort?.on('message', (question: FindQuestion) => {
  searched = searched.then(() => answer(question))
})

async function answer({ question, stop }: FindQuestion): Promise<void> {
  try {
    const clock = new Clock(undefined, stop)
    // Nobody may wait any more by the time that those before are answered.
    clock.check()
    const found = await log.read((answering) => answering.answer(question, clock))
    parentPort?.postMessage({ answer: found } satisfies FindAnswer)
    if ('behind' in found) growLater(LOOK_MS)
  } catch (error) {
    const code = AuditError.is(error) ? error.code : 'journal_unavailable'
    parentPort?.postMessage({ code, problem: messageOf(error) } satisfies FindAnswer)
  }
}

/** Requests come between two steps. */
function growLater(delayMs: number): void {
  if (timer) return
  timer = setTimeout(() => {
    timer = undefined
    if (!grown()) growLater(0)
  }, delayMs)
}

/** What fails here is met again, and told, by the next request. */
function grown(): boolean {
  try {
    return newest?.grow(performance.now() + STEP_MS) ?? true
  } catch {
    return true
  }
}
