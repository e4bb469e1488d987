import {
  CONTENTS_REDACTED,
  type ErasedContents,
  parseRecord,
  pendingErasure,
  type Redacted,
  type RedactionRule,
  type RedactOptions
} from '@slm-audit/core/journal'
import { logSecret, nodeSha256, pseudonymSecret, userName } from '@slm-audit/core/node'
import {
  commitmentsIn,
  mayBeRedacted,
  noRedactionOfEncrypted,
  type Redacting,
  redactionOf,
  redactionSteps
} from '@slm-audit/core/policy'
import { lacksContents } from '@slm-audit/core/reader'
import type { Database } from '../driver/database.ts'
import { IndexFile } from '../index/index-file.ts'
import { redactedRecords, redactionsOf } from '../index/redaction-rows.ts'
import { administer } from '../keys/administer.ts'
import { hasDataKeys } from '../store/contents/key-rows.ts'
import { emptyLog } from '../store/empty-log.ts'
import { openForReading } from '../store/open-database.ts'
import { sealedOfCall } from '../store/sealed-rows.ts'
import { rowOf, type Writer } from '../store/writer.ts'
import {
  type EraseScope,
  indicesIn,
  recordsAt,
  recordsIn,
  type ScopedRecord
} from './erase-scope.ts'
import { HoldingBack } from './held-back.ts'
import { type PendingRedaction, REDACTING } from './pending-redaction.ts'
import { RecordsSharing } from './records-sharing.ts'
import { takeOut, wouldTakeOut } from './take-out.ts'

/** What is encrypted is not looked through: nothing of it must be taken for clean. Throws AuditError `bad_option`. */
function refuseEncrypted(file: string): void {
  const database = openForReading(file)
  try {
    if (!hasDataKeys(database)) return
    throw noRedactionOfEncrypted(file)
  } finally {
    database.close()
  }
}

/** Redacts what is stored in a database; see `redactContents`, which checks the options. */
export async function redactStored(
  file: string,
  spools: string,
  options: RedactOptions
): Promise<Redacted> {
  const { rule, scope, reason, by = userName() } = options
  refuseEncrypted(file)
  if (options.dryRun) return rehearse(file, rule, scope)
  return await administer(file, options, ({ database, writer }) => {
    // Of one that was killed.
    finishRedaction(database, file, spools, writer)
    const note = { scope: 'redaction', by, reason }
    const until = writer.size()
    const pending = { rule, ...(scope && { scope }), note, until, next: 0, isTaking: false }
    REDACTING.begin(database, () => pending, 'redaction')
    return finishRedaction(database, file, spools, writer, options.onProgress)
  })
}

/**
 * Does what is left of a redaction that has begun; nothing where none has. First what contents become is stored, of all
 * of them, since turns of a conversation share parts; then they are taken out, each batch with the record that says so.
 * Throws SQLite's error.
 */
export function finishRedaction(
  database: Database,
  file: string,
  spools: string,
  writer: Writer,
  onProgress?: (done: number, of: number) => void
): Redacted {
  const pending = REDACTING.in(database)
  if (!pending) return { ...NOTHING, held: 0, incidents: [], isLogEmpty: true }
  database.pragma('secure_delete = ON')
  const secret = pseudonymSecret(logSecret(spools))
  const run = new Run(database, writer, pending, {
    steps: redactionSteps(pending.rule),
    secret,
    hash: nodeSha256
  })
  if (!pending.isTaking) run.phase(false, onProgress)
  run.phase(true, onProgress)
  const index = new IndexFile(database, file)
  try {
    while (!index.advance({ deadline: Number.POSITIVE_INFINITY }));
    index.purge()
  } finally {
    index.close()
  }
  REDACTING.end(database)
  return { ...run.report, ...run.holding.heldBack, isLogEmpty: emptyLog(database) }
}

const NOTHING = { calls: 0, contents: 0 }
/** Records in one transaction: others wait for it to end. */
const BATCH = 128

class Run {
  readonly #database: Database
  readonly #writer: Writer
  readonly #how: Redacting
  readonly #calls = new Set<string>()
  readonly holding: HoldingBack
  readonly report = { ...NOTHING }
  #pending: PendingRedaction
  /** Indices of the records that are meant. */
  #meant: ReadonlySet<number> = new Set()
  /** Turns of the same conversations; none where all records are meant. */
  #turns: RecordsSharing | undefined

  constructor(database: Database, writer: Writer, pending: PendingRedaction, how: Redacting) {
    this.#database = database
    this.#writer = writer
    this.#pending = pending
    this.#how = how
    this.holding = new HoldingBack(database)
  }

  /** Goes over all records that are meant: stores what they become, or takes out what they were. */
  phase(isTaking: boolean, onProgress?: (done: number, of: number) => void): void {
    const { scope = {}, until, next } = this.#pending
    const from = this.#pending.isTaking === isTaking ? next : 0
    this.#meant = new Set(indicesIn(this.#database, scope, until))
    const indices = [...this.#meant].filter((index) => index >= from)
    if (isTaking && this.#pending.scope) this.#turns = new RecordsSharing(this.#database, indices)
    const step = this.#database.transaction((batch: readonly number[]) => {
      this.holding.refresh()
      const rows = this.holding.free(recordsAt(this.#database, batch))
      if (isTaking) this.#take(rows)
      else for (const row of rows) this.#keep(row)
      this.#pending = { ...this.#pending, isTaking, next: (batch.at(-1) ?? -1) + 1 }
      REDACTING.save(this.#database, this.#pending)
    })
    for (let at = 0; at < indices.length; at += BATCH) {
      step.immediate(indices.slice(at, at + BATCH))
      onProgress?.(at + Math.min(BATCH, indices.length - at), indices.length)
    }
    this.report.calls = this.#calls.size
  }

  /** Stores what a record becomes, as readers see it. */
  #keep(row: ScopedRecord): void {
    const sealed = sealedAt(this.#database, row)
    // What an earlier redaction left is seen with the record that it is of.
    if (sealed === undefined || isRedacted(row)) return
    const [shown] = redactedRecords(this.#database, row.audit_id, [sealed])
    const record = shown && redactionOf(shown, this.#how)
    if (record === undefined) return
    this.#writer.append([rowOf(record)])
    this.#calls.add(row.audit_id)
  }

  #take(rows: readonly ScopedRecord[]): void {
    const only = new Set<string>()
    const lost: number[] = []
    const having = rows.filter((row) => {
      const sealed = sealedAt(this.#database, row)
      if (sealed === undefined) return false
      const found = commitmentsIn(sealed, this.#how)
      for (const one of found) only.add(one)
      if (lacksContents(sealed) && this.#isKept(row)) lost.push(row.idx)
      return found.length > 0
    })
    const { records, commitments } = this.#takeFrom(having, only)
    const losing = [...new Set([...records, ...lost])].sort((a, b) => a - b)
    if (losing.length === 0) return
    const note = { records: losing, commitments }
    this.#writer.append([rowOf(pendingErasure(this.#pending.note, note))])
    this.report.contents += commitments.length
  }

  /** Takes out of records what has something in it; gives also those that are not meant and share it. */
  #takeFrom(rows: readonly ScopedRecord[], only: ReadonlySet<string>): ErasedContents {
    const what = { only, keptParts: this.holding.parts }
    if (rows.length === 0) return { records: [], commitments: [] }
    const { parts } = wouldTakeOut(this.#database, rows, what)
    const sharing = this.#turns?.of(rows, parts) ?? []
    const others = sharing.filter((index) => !this.#meant.has(index))
    for (const row of recordsAt(this.#database, others)) this.#keep(row)
    const { records, commitments } = takeOut(this.#database, rows, what)
    return { records: commitments.length > 0 ? [...records, ...others] : [], commitments }
  }

  /** Whether this redaction has stored what something of a call becomes. */
  #isKept({ audit_id: auditId }: ScopedRecord): boolean {
    const redactions = redactionsOf(this.#database, auditId)
    return redactions.some(({ index }) => index >= this.#pending.until)
  }
}

function isRedacted(row: ScopedRecord): boolean {
  return parseRecord(row).kind === CONTENTS_REDACTED
}

/** A record with its contents, where it is one to be looked through. */
function sealedAt(database: Database, { idx, audit_id: auditId, header }: ScopedRecord) {
  if (!mayBeRedacted(parseRecord({ header }))) return undefined
  return sealedOfCall(database, auditId).find(({ index }) => index === idx)
}

/** What a redaction would change. */
function rehearse(file: string, rule: RedactionRule, scope?: EraseScope): Redacted {
  const database = openForReading(file)
  const how = { steps: redactionSteps(rule), secret: new Uint8Array(32), hash: nodeSha256 }
  try {
    const holding = new HoldingBack(database)
    holding.refresh()
    const only = new Set<string>()
    const all = [...recordsIn(database, scope ?? {}, Number.MAX_SAFE_INTEGER)]
    const having = holding.free(all).filter((row) => {
      const sealed = sealedAt(database, row)
      const found = sealed ? commitmentsIn(sealed, how) : []
      for (const one of found) only.add(one)
      return found.length > 0
    })
    const taken = wouldTakeOut(database, having, { only, keptParts: holding.parts })
    const indices = having.map(({ idx }) => idx)
    const sharing = scope ? new RecordsSharing(database, indices).of(having, taken.parts) : []
    const calls = new Set([...having, ...recordsAt(database, sharing)].map((row) => row.audit_id))
    const contents = taken.commitments.length
    return { calls: calls.size, contents, ...holding.heldBack, isLogEmpty: true }
  } finally {
    database.close()
  }
}
