import { parentPort, workerData } from 'node:worker_threads'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import { CallFinder, type FindRequest } from './read/call-finder.ts'
import { Clock } from './read/clock.ts'
import type { FindAnswer } from './read/find-thread.ts'
import { openForReading } from './store/open-database.ts'

/** Newest records that are looked at without an index: a fraction of a second. */
const TAIL = { records: 8_192, bytes: 32 * 1024 * 1024 }
/** How long the application that writes the index has to go on with it, before it is done here. */
const LOOK_MS = 2_000
const STEP_MS = 25
let timer: NodeJS.Timeout | undefined

const file = workerData.file as string
const finder = new CallFinder(openForReading(file), file, TAIL)

parentPort?.on('message', (request: FindRequest) => {
  const found = answer(request)
  parentPort?.postMessage(found)
  if ('page' in found && found.page.behind !== undefined) growLater(LOOK_MS)
})

/** Requests come between two steps. */
function growLater(delayMs: number): void {
  if (timer) return
  timer = setTimeout(() => {
    timer = undefined
    if (!finder.grow(performance.now() + STEP_MS)) growLater(0)
  }, delayMs)
}

function answer(request: FindRequest): FindAnswer {
  try {
    return { page: finder.find(request, new Clock()) }
  } catch (error) {
    const code = AuditError.is(error) ? error.code : 'journal_unavailable'
    return { code, problem: messageOf(error) }
  }
}
