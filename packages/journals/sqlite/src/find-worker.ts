import { parentPort, workerData } from 'node:worker_threads'
import { AuditError, messageOf } from '@slm-audit/core'
import { CallFinder, type FindRequest } from './read/call-finder.ts'
import { Clock } from './read/clock.ts'
import type { FindAnswer } from './read/find-thread.ts'
import { openForReading } from './store/open-database.ts'

/** Newest records that are looked at without an index: a fraction of a second. */
const TAIL = { records: 8_192, bytes: 32 * 1024 * 1024 }

const file = workerData.file as string
const finder = new CallFinder(openForReading(file), file, TAIL)

parentPort?.on('message', (request: FindRequest) => {
  parentPort?.postMessage(answer(request))
})

function answer(request: FindRequest): FindAnswer {
  try {
    return { page: finder.find(request, new Clock()) }
  } catch (error) {
    const code = AuditError.is(error) ? error.code : 'journal_unavailable'
    return { code, problem: messageOf(error) }
  }
}
