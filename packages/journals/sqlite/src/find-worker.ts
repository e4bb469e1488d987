import { parentPort, workerData } from 'node:worker_threads'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import { CallFinder, type FindRequest } from './read/call-finder.ts'
import { Clock } from './read/clock.ts'
import type { FindAnswer } from './read/find-thread.ts'
import { LogView } from './read/log-view.ts'

/** Newest records that are looked at without an index: a fraction of a second. */
const TAIL = { records: 8_192, bytes: 32 * 1024 * 1024 }
/** How long the application that writes the index has to go on with it, before it is done here. */
const LOOK_MS = 2_000
const STEP_MS = 25
let timer: NodeJS.Timeout | undefined

const file = workerData.file as string
let newest: CallFinder | undefined
const log = new LogView(file, (database) => {
  newest = new CallFinder(database, file, TAIL)
  return newest
})
let searched: Promise<void> = Promise.resolve()

parentPort?.on('message', (request: FindRequest) => {
  searched = searched.then(() => answer(request))
})

async function answer(request: FindRequest): Promise<void> {
  try {
    const page = await log.read((finder) => finder.find(request, new Clock()))
    parentPort?.postMessage({ page } satisfies FindAnswer)
    if (page.behind !== undefined) growLater(LOOK_MS)
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
