import {
  type Erased,
  type EraseOptions,
  type ErasureNote,
  nameOfScope,
  parseRecord,
  pendingErasure,
  type RecordScope
} from '@slm-audit/core/journal'
import { userName } from '@slm-audit/core/node'
import type { Database } from '../driver/database.ts'
import { IndexFile } from '../index/index-file.ts'
import { administer } from '../keys/administer.ts'
import { type StoredScope, storedScope } from '../store/contents/stored-users.ts'
import { tellProvider } from '../store/contents/tell-destroyed.ts'
import { emptyLog } from '../store/empty-log.ts'
import { openForReading } from '../store/open-database.ts'
import { activeHolds } from '../store/upkeep/holds.ts'
import { rowOf, type Writer } from '../store/writer.ts'
import { countKeys, destroyKeys, retireKeys } from './erase-keys.ts'
import { indicesIn, recordsAt, recordsIn, type ScopedRecord } from './erase-scope.ts'
import { HoldingBack } from './held-back.ts'
import { ERASING, type PendingErasure } from './pending-erasure.ts'
import { RecordsSharing } from './records-sharing.ts'
import { type TakenOut, takeOut, wouldTakeOut } from './take-out.ts'

/** Records in one transaction: others wait for it to end. */
const BATCH = 128

/** Erases what is stored in a database: see `eraseContents`, which checks the options. */
export async function eraseStored(file: string, options: EraseOptions): Promise<Erased> {
  if (options.dryRun) return rehearse(file, options.scope)
  return await administer(file, options, async ({ database, writer }) => {
    // Of an erasure that was killed.
    finishErasure(database, file, writer)
    const { scope, reason, by = userName(), scopeName = nameOfScope(scope) } = options
    const begun = (): PendingErasure => {
      const stored = storedScope(database, file, scope)
      const until = writer.size()
      // They would be given back in the end; until then the subject goes by the same name.
      const isHeld = isPartHeld(database, stored, until)
      const keys = isHeld ? undefined : retireKeys(database, file, stored)
      const note = { scope: scopeName, by, reason }
      return { scope: stored, note, until, ...(keys && { keys }) }
    }
    ERASING.begin(database, begun, 'erasure')
    const erased = finishErasure(database, file, writer, options.onProgress)
    await tellProvider(database, file)
    return erased
  })
}

/**
 * Does what is left of an erasure that has begun; nothing where none has. Each batch is one
 * transaction, with the record that says so. Throws SQLite's error.
 */
export function finishErasure(
  database: Database,
  file: string,
  writer: Writer,
  onProgress?: (done: number, of: number) => void
): Erased {
  const pending = ERASING.in(database)
  if (!pending)
    return { ...NOTHING, keys: 0, held: 0, incidents: [], exporters: [], isLogEmpty: true }
  database.pragma('secure_delete = ON')
  const erasure = new Erasure(database, writer, pending)
  erasure.run(onProgress)
  const index = new IndexFile(database, file)
  try {
    while (!index.advance({ deadline: Number.POSITIVE_INFINITY }));
    index.purge()
  } finally {
    index.close()
  }
  const { heldBack } = erasure.holding
  // Together: keys that a hold gave back are in use again, and no later end of the same erasure may destroy them.
  const end = database.transaction(() => {
    const destroyed = pending.keys ? destroyKeys(database, pending.keys, heldBack.held > 0) : 0
    ERASING.end(database)
    return destroyed
  })
  const keys = end.immediate()
  return {
    ...erasure.report,
    ...heldBack,
    keys,
    exporters: exportersOf(database),
    isLogEmpty: emptyLog(database)
  }
}

const NOTHING = { calls: 0, records: 0, contents: 0, bytes: 0, sharing: 0 }

class Erasure {
  readonly #database: Database
  readonly #writer: Writer
  readonly #pending: PendingErasure
  readonly #calls = new Set<string>()
  /** Records that are meant, and others that were found to share parts with them. */
  #meant: ReadonlySet<number> = new Set()
  readonly #sharing = new Set<number>()
  #turns: RecordsSharing | undefined
  readonly report = { ...NOTHING }
  readonly holding: HoldingBack

  constructor(database: Database, writer: Writer, pending: PendingErasure) {
    this.#database = database
    this.#writer = writer
    this.#pending = pending
    this.holding = new HoldingBack(database)
  }

  run(onProgress?: (done: number, of: number) => void): void {
    const { scope, until } = this.#pending
    // Before anything is changed: statements that read cannot go on beside those that write.
    const indices = indicesIn(this.#database, scope, until)
    this.#meant = new Set(indices)
    this.#turns = new RecordsSharing(this.#database, indices)
    const erase = this.#database.transaction((batch: readonly number[]) => this.#erase(batch))
    for (let at = 0; at < indices.length; at += BATCH) {
      erase.immediate(indices.slice(at, at + BATCH))
      onProgress?.(Math.min(at + BATCH, indices.length), indices.length)
    }
    this.report.calls = this.#calls.size
  }

  #erase(indices: readonly number[]): void {
    this.holding.refresh()
    const records = this.holding.free(recordsAt(this.#database, indices))
    const taken = takeOut(this.#database, records, { keptParts: this.holding.parts })
    for (const auditId of callsOf(records)) this.#calls.add(auditId)
    this.report.records += records.length
    if (taken.commitments.length > 0) this.#record(taken, records)
  }

  #record({ records, commitments, bytes, parts }: TakenOut, meant: readonly ScopedRecord[]): void {
    const sharing = this.#turns?.of(meant, parts) ?? []
    const all = [...new Set([...records, ...sharing])].sort((a, b) => a - b)
    const note: ErasureNote = this.#pending.note
    this.#writer.append([rowOf(pendingErasure(note, { records: all, commitments }))])
    this.report.contents += commitments.length
    this.report.bytes += bytes
    for (const index of sharing) if (!this.#meant.has(index)) this.#sharing.add(index)
    this.report.sharing = this.#sharing.size
  }
}

function exportersOf(database: Database): string[] {
  return database.prepare('SELECT name FROM exporters ORDER BY name').pluck().all() as string[]
}

/** Whether a hold keeps some of the records in a scope. */
function isPartHeld(database: Database, scope: StoredScope, until: number): boolean {
  if (activeHolds(database).length === 0) return false
  const holding = new HoldingBack(database)
  holding.refresh()
  holding.free(recordsAt(database, indicesIn(database, scope, until)))
  return holding.heldBack.held > 0
}

/** The calls among records; what is said of a call is none. */
function callsOf(records: readonly ScopedRecord[]): Set<string> {
  const calls = records.filter((each) => parseRecord(each).stage !== 'event')
  return new Set(calls.map((each) => each.audit_id))
}

/** What an erasure would take out. */
function rehearse(file: string, scope: RecordScope): Erased {
  const database = openForReading(file)
  try {
    const holding = new HoldingBack(database)
    holding.refresh()
    const stored = storedScope(database, file, scope)
    const records = holding.free([...recordsIn(database, stored, Number.MAX_SAFE_INTEGER)])
    const taken = wouldTakeOut(database, records, { keptParts: holding.parts })
    const { heldBack } = holding
    const indices = records.map(({ idx }) => idx)
    return {
      calls: callsOf(records).size,
      records: records.length,
      contents: taken.commitments.length,
      bytes: taken.bytes,
      sharing: new RecordsSharing(database, indices).of(records, taken.parts).length,
      keys: heldBack.held > 0 ? 0 : countKeys(database, file, stored),
      ...heldBack,
      exporters: exportersOf(database),
      isLogEmpty: true
    }
  } finally {
    database.close()
  }
}
