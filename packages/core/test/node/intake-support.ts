import { onTestFinished } from 'vitest'
import { AuditError } from '../../src/base/error.ts'
import { createAuditLog, memoryJournal } from '../../src/index.ts'
import type { Evidence, StoredPlace } from '../../src/node/intake/evidence.ts'
import { ProtocolModules } from '../../src/node/intake/protocol-modules.ts'
import { SpoolIntake } from '../../src/node/intake/spool-intake.ts'
import { SpoolReader, type SpoolWriter } from '../../src/node/spool/index.ts'
import type { PendingRecord } from '../../src/record/sealed-record.ts'
import type { Carrier } from '../../src/recording/frame.ts'

/** Stores all of a batch or none, and fails as told. */
export class FakeEvidence implements Evidence {
  readonly places = new Map<string, string>()
  isAbandoned = false
  count = 0
  readonly #records = new Map<string, PendingRecord>()
  readonly #strikes: (count: number) => 'before' | 'after' | undefined
  readonly #odd: string | undefined

  constructor(strikes: (count: number) => 'before' | 'after' | undefined = ignore, odd?: string) {
    this.#strikes = strikes
    this.#odd = odd
  }

  store(records: readonly PendingRecord[], place?: StoredPlace): void {
    const fault = this.#strikes(++this.count)
    if (fault === 'before') throw new Error('the disk is full')
    for (const { contents, record } of records) {
      const isOdd = this.#odd !== undefined && contents.some(({ body }) => body === this.#odd)
      if (isOdd) throw new AuditError('bad_record', `${record.auditId} is odd`)
    }
    const fresh = records.filter((one) => !(one.retried && this.#records.has(keyOf(one))))
    for (const one of fresh) {
      if (this.#records.has(keyOf(one))) throw new Error('the log is append-only')
    }
    for (const one of fresh) this.#records.set(keyOf(one), one)
    if (place?.place !== undefined) this.places.set(place.spool, place.place)
    else if (place) this.places.delete(place.spool)
    if (fault === 'after') throw new Error('the answer got lost')
  }

  placeOf(spool: string): string | undefined {
    return this.places.get(spool)
  }

  abandonOpenCalls(): void {
    this.isAbandoned = true
  }

  /** Records that `gap` records count. */
  lost(): number {
    const gaps = [...this.#records.values()].filter(({ record }) => record.kind === 'gap')
    return gaps.reduce((sum, { record }) => sum + Number(record.event?.records), 0)
  }

  /** When the first of them was lost. */
  lostSince(): string {
    const gap = [...this.#records.values()].find(({ record }) => record.kind === 'gap')
    return String(gap?.record.event?.since)
  }

  /** What the records of ends say of when they came into the log, in order. */
  sealedAt(): (string | undefined)[] {
    const ends = [...this.#records.values()].filter(({ record }) => record.stage === 'complete')
    return ends.map((one) => one.sealedAt)
  }

  stages(): { [stage: string]: number } {
    const stages: { [stage: string]: number } = {}
    for (const { record } of this.#records.values()) {
      stages[record.stage] = (stages[record.stage] ?? 0) + 1
    }
    return stages
  }
}

function keyOf({ record }: PendingRecord): string {
  return `${record.auditId} ${record.stage}`
}

/** Takes a spool in as it is written, until the test ends. */
export function follow(
  writer: SpoolWriter,
  evidence: FakeEvidence,
  failed: string[] = []
): SpoolIntake {
  const spool = writer.folder.id
  const reader = new SpoolReader({
    folder: writer.folder.path,
    state: writer.state,
    place: evidence.placeOf(spool),
    failed: ({ message }) => failed.push(message)
  })
  const intake = new SpoolIntake({
    spool,
    reader,
    attempts: writer.state,
    evidence,
    modules: new ProtocolModules(),
    ageMs: () => 10_000,
    events: { stored: ignore, failed: ({ message }) => failed.push(message) }
  })
  void intake.follow()
  onTestFinished(() => intake.stop())
  return intake
}

/** A log whose frames go to a spool, and nowhere else. */
export function logOn(writer: SpoolWriter) {
  const carrier: Carrier = {
    moduleOf: ignore,
    append: (frame) => writer.append(frame),
    kept: (sequence) => writer.kept(sequence),
    flush: async () => undefined,
    close: async () => 0
  }
  const journal = Object.assign(memoryJournal(), { openCarrier: () => carrier })
  return createAuditLog({ journal })
}

/** Does nothing. */
export function ignore(): undefined {
  return undefined
}

/** Throws a problem that there should be none of. */
export function fail(problem: unknown): never {
  throw problem
}
