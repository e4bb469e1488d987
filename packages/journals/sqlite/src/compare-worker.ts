import { parentPort, workerData } from 'node:worker_threads'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import {
  type CallSummary,
  type CompareRequest,
  compareCalls,
  filterTree,
  type Page
} from '@slm-audit/core/reader'
import { Answering } from './read/answering.ts'
import { Clock } from './read/clock.ts'
import type { CompareAnswer } from './read/compare-thread.ts'
import { LogView } from './read/log-view.ts'
import { shownCall } from './read/shown-call.ts'
import { storedUsers } from './store/contents/stored-users.ts'

/** Newest records that are looked at at once without an index; older ones are indexed here first. */
const TAIL = { records: 8_192, bytes: 32 * 1024 * 1024 }

const { file, request } = workerData as { file: string; request: CompareRequest }

async function compare(): Promise<void> {
  try {
    const log = new LogView(file, (database) => new Answering(database, file, TAIL))
    const comparison = await compareCalls(
      {
        query: (filter = {}, page = {}) => {
          return log.read((index, database) => {
            const find = { filter: storedUsers(database, file, filterTree(filter)), page }
            return index.answer({ find }, new Clock()) as Page<CallSummary>
          })
        },
        get: (auditId) => log.read((_, database) => shownCall(database, auditId))
      },
      { ...request, onProgress: (done, of) => say({ done, of }) }
    )
    say({ comparison })
  } catch (error) {
    const code = AuditError.is(error) ? error.code : 'journal_unavailable'
    say({ code, problem: messageOf(error) })
  }
}

function say(answer: CompareAnswer): void {
  parentPort?.postMessage(answer)
}

await compare()
