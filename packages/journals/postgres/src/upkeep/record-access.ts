import { AuditError, messageOf, pendingAccess } from '@slm-audit/core/journal'
import { userName } from '@slm-audit/core/node'
import {
  type Access,
  type AccessNote,
  type AccessOptions,
  decideAccess
} from '@slm-audit/core/reader'
import type { Connection } from '../connection/connection.ts'
import type { PlaceOptions } from '../connection/connection-options.ts'
import { areReadsAudited } from '../store/audited-reads.ts'
import { administer } from './administer.ts'

/** An access to a log, and how it is recorded where the log does so. */
export interface LogAccess {
  readonly access: Access
  readonly record?: (note: AccessNote) => Promise<void>
}

/** Decides what a reader is given. Rejects with AuditError `denied`, and as reading the log does. */
export async function accessTo(
  place: PlaceOptions,
  connection: Connection,
  asked: AccessOptions = {}
): Promise<LogAccess> {
  const access = decideAccess(asked, userName())
  if (!(await areReadsAudited(connection))) return { access }
  // One after the other: each takes a connection.
  let turn: Promise<unknown> = Promise.resolve()
  return {
    access,
    record(note) {
      const recorded = turn.then(() => recordAccess(place, note))
      turn = recorded.catch(() => undefined)
      return recorded
    }
  }
}

/** Readers need no key: whoever signs the log next signs the record, too. They need the right to append. */
async function recordAccess(place: PlaceOptions, note: AccessNote): Promise<void> {
  try {
    await administer(place, {}, ({ connection, writer, size }) =>
      writer.appendNow(connection, size, [{ pending: [pendingAccess(note)] }])
    )
  } catch (cause) {
    const message = `this log records who reads it, and that could not be recorded: ${messageOf(cause)}; read it on the primary server, as a user with the roles of a reader and of a writer`
    throw new AuditError('journal_unavailable', message, { cause })
  }
}
