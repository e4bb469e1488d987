import { join } from 'node:path'
import {
  type AuditRecord,
  CONTENTS_REDACTED,
  type PendingRecord,
  parseRecord,
  type RedactionRule,
  type SealedRecord
} from '@slm-audit/core/journal'
import { logSecret, nodeSha256, pseudonymSecret } from '@slm-audit/core/node'
import {
  commitmentsIn,
  mayBeRedacted,
  type Redacting,
  redactionOf,
  redactionSteps
} from '@slm-audit/core/policy'
import { withRedacted } from '@slm-audit/core/reader'
import { SPOOLS } from '../format/layout.ts'
import { readDirectory } from '../journal/read-directory.ts'
import { fileRow } from '../journal/sealing.ts'
import type { AdministeredFiles } from './administer.ts'
import type { ErasurePlan } from './plan-erasure.ts'

/** Records that are appended at a time. */
const BATCH = 128

/** Which records a redaction is about. */
type Meant = Pick<ErasurePlan, 'isFree' | 'concerned'>

/** A log in files that is looked through; without `log` nothing is stored, as a rehearsal does not. */
type RedactedFiles = Pick<AdministeredFiles, 'directory' | 'decrypt'> &
  Partial<Pick<AdministeredFiles, 'log'>>

/** What a redaction looks for in the records of a log in files, and what these become. */
export class StoredRedacting {
  readonly #administered: RedactedFiles
  readonly #how: Redacting
  readonly #until: number
  readonly #calls = new Set<string>()

  /** @param until Later records are not meant: those that it stores itself among them. */
  constructor(administered: RedactedFiles, rule: RedactionRule, until: number) {
    this.#administered = administered
    this.#until = until
    const secret = administered.log
      ? pseudonymSecret(logSecret(join(administered.directory, SPOOLS)))
      : new Uint8Array(32)
    this.#how = { steps: redactionSteps(rule), secret, hash: nodeSha256 }
  }

  /** Calls, and annotations, in which something was found. */
  get redacted(): number {
    return this.#calls.size
  }

  /** The commitments of what is looked for in a record. Handed on without its object. */
  readonly found = (sealed: SealedRecord): readonly string[] =>
    mayBeRedacted(parseRecord(sealed)) ? commitmentsIn(sealed, this.#how) : []

  /**
   * Stores what records become; what was stored before a kill is not stored again. Resolves to false where it was stopped in
   * between. Rejects as reading and writing the log does.
   */
  async keep(plan: Meant, isStopped: () => boolean = () => false): Promise<boolean> {
    const pending: PendingRecord[] = []
    const store = async () => {
      const { log } = this.#administered
      const rows = pending.splice(0).map(fileRow)
      // A loss of power must not leave what it says that it stands for, and take it.
      if (log && rows.length > 0) await log.exclusive(() => log.appendNow(rows, { isSynced: true }))
    }
    for await (const { of, record } of this.#records(plan)) {
      if (isStopped()) return false
      this.#calls.add(of)
      if (record && pending.push(record) === BATCH) await store()
    }
    await store()
    return true
  }

  /** The calls in which something is found, with what they become where that is not stored yet. */
  async *#records(
    plan: Meant
  ): AsyncGenerator<{ readonly of: string; readonly record?: PendingRecord }> {
    const { concerned, earlier } = await this.#look(plan)
    for await (const sealed of this.#stored()) {
      if (sealed.index >= this.#until) return
      const header = parseRecord(sealed)
      const { auditId, kind } = header
      // What an earlier redaction left is seen with the record that it is of.
      if (!concerned.has(auditId) || kind === CONTENTS_REDACTED || !mayBeRedacted(header)) continue
      const redactions = earlier.get(auditId) ?? []
      const before = redactions.filter(({ index }) => index < this.#until)
      const [shown = sealed] = withRedacted([sealed], before)
      const record = redactionOf(shown, this.#how)
      const own = redactions.filter(({ index }) => index >= this.#until)
      const kept = new Set(own.flatMap(({ contents }) => contents.map(({ name }) => name)))
      const isNew = record?.contents.some(({ name }) => !kept.has(name))
      if (record || own.length > 0) yield { of: auditId, ...(record && isNew && { record }) }
    }
  }

  /** The records that may become others, by their auditId, and what redactions have left of each. */
  async #look(plan: Meant) {
    const ids = new Set<string>()
    const earlier = new Map<string, SealedRecord[]>()
    for await (const sealed of this.#stored()) {
      const { index } = sealed
      const header: AuditRecord = parseRecord(sealed)
      const of = header.kind === CONTENTS_REDACTED ? (header.parent ?? '') : header.auditId
      if (index < this.#until && (plan.isFree(index) || plan.concerned.has(index))) ids.add(of)
      if (header.kind !== CONTENTS_REDACTED || !ids.has(of)) continue
      const known = earlier.get(of)
      if (known) known.push(sealed)
      else earlier.set(of, [sealed])
    }
    return { concerned: ids, earlier }
  }

  #stored(): AsyncGenerator<SealedRecord> {
    const { directory, decrypt } = this.#administered
    return readDirectory(directory, decrypt)
  }
}
