import { AuditError, type PendingRecord } from '@slm-audit/core/journal'
import type { JournalHost } from '@slm-audit/core/node'
import {
  askForKeys,
  type BatchKeys,
  type ContentsInThread,
  checkedProvider,
  contentsProviderAt,
  type NamedRow,
  type Protecting,
  protectingBy,
  rowSubject,
  SealedAppends,
  withinDeadline
} from '@slm-audit/core/subjects'
import { nameOfPlace, type Place } from '../connection/connection-options.ts'
import { secretToWriteWith } from '../store/contents/log-secrets.ts'
import { subjectRows } from '../store/contents/subject-rows.ts'
import type { Batch, Writer } from '../store/writer.ts'
import type { UseLog } from './log-checkpoints.ts'

/** What appends to a log, and how its contents are encrypted. */
interface Appending {
  readonly origin: string
  readonly place: Place
  readonly writer: Writer
  readonly use: UseLog
  /** Contents are plain without it. */
  readonly contents: ContentsInThread | undefined
}

interface Row extends NamedRow {
  readonly pending: PendingRecord
}

/**
 * Stores batches with the contents of people encrypted and their names replaced. The provider of keys is asked between transactions,
 * while others append; where it does not answer the batch is not stored, and waits in its spool.
 */
export class ProtectedAppends {
  readonly #of: Appending
  #protecting: Promise<Protecting> | undefined

  constructor(of: Appending, host: Pick<JournalHost, 'askKeys'>) {
    this.#of = of
    if (of.contents) askForKeys(nameOfPlace(of.place), of.contents, host)
  }

  /** Stores batches, all or none; the size then. Rejects as `Writer.append`, and as the provider of keys. */
  async append(batches: readonly Batch[]): Promise<number> {
    const { contents, use, writer } = this.#of
    if (!contents) return await use((connection) => writer.append(connection, batches))
    const places = batches.filter(({ place }) => place).map(({ place }) => ({ pending: [], place }))
    let size = 0
    const protecting = await this.#opened(contents)
    const store = async (rows: readonly Row[], _: unknown, keys?: BatchKeys): Promise<void> => {
      const pending = rows.map(({ pending: one, head }) => ({ ...one, head }))
      size = await use((connection) => writer.append(connection, [{ pending }, ...places], keys))
    }
    const rows = batches.flatMap(({ pending }) => pending.map(toRow))
    await new SealedAppends<Row>(protecting, store).append(rows, undefined)
    return size
  }

  async #opened(contents: ContentsInThread): Promise<Protecting> {
    this.#protecting ??= this.#open(contents)
    try {
      return await this.#protecting
    } catch (error) {
      this.#protecting = undefined
      throw error
    }
  }

  async #open(settings: ContentsInThread): Promise<Protecting> {
    const { origin, place, use, writer } = this.#of
    const used = contentsProviderAt(nameOfPlace(place))
    if (!used)
      throw new AuditError('bad_key', `the keys of the contents in ${place.schema} are not there`)
    const provider = checkedProvider(used.provider, settings.deadlineMs)
    const alone: UseLog = (run) =>
      use((connection) => writer.exclusive(connection, () => run(connection)))
    const asked = secretToWriteWith({ origin, use, alone }, provider)
    const secret = await withinDeadline(asked, settings.deadlineMs)
    return protectingBy({ store: subjectRows(origin, use), provider, secret }, settings)
  }
}

function toRow(pending: PendingRecord): Row {
  const { record, head } = pending
  return { auditId: record.auditId, subject: rowSubject(record), head, pending }
}
