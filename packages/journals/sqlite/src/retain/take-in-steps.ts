import { type Aging, pendingAging, rangesOf } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import type { HoldingBack } from '../erase/held-back.ts'
import { noteAged } from '../store/upkeep/aged-ranges.ts'
import { heldFrom } from '../store/upkeep/held-time.ts'
import { batchesOf, inSteps, type StepSize } from '../store/upkeep/step-size.ts'
import { rowOf, type Writer } from '../store/writer.ts'
import type { PartUse } from './part-use.ts'

/** What one step takes, found before it is taken. */
export interface FoundDue {
  /** Records that the log says it of, ascending. */
  readonly indices: readonly number[]
  /** How many of them lose something. */
  readonly records: number
  /** Takes it, in the transaction of the step. */
  take(): void
  /** Counts it, once it is gone. */
  count(): void
}

/** What is taken one after the other, and how. */
export interface Taking<Item> {
  readonly kind: Aging
  readonly items: Iterator<Item>
  /** How many items one step takes. */
  readonly size: StepSize
  /** Looks at some items, and changes nothing. */
  find(items: readonly Item[]): FoundDue
}

/** What the steps of a run have in common. */
export interface TakingRun {
  readonly database: Database
  readonly writer: Writer
  readonly holding: HoldingBack
  readonly use: PartUse
  /** SHA-256 of the policy that says how long records are kept. */
  readonly policy: string
}

/**
 * Takes what is due in short transactions, each with the record that says so. All that can be looked for beforehand
 * is, as nobody else can write while one of them is under way. False where it ended because holds came or went since
 * what is due was looked for. Throws SQLite's error.
 */
export function* takeInSteps<Item>(run: TakingRun, taking: Taking<Item>): Generator<void, boolean> {
  const { holding, use } = run
  const { items, size, find } = taking
  for (const some of batchesOf(items, () => size.count)) {
    // Records that came since may need what is about to go.
    yield* inSteps(() => use.look())
    const began = performance.now()
    const found = find(some)
    const between = performance.now()
    takeAs(run, taking.kind, found)
    if (holding.hasChanged) return false
    size.took(Math.max(between - began, performance.now() - between), some.length)
    yield
  }
  return true
}

/** Takes nothing where holds came or went since it was found. */
function takeAs(
  { database, writer, holding, use, policy }: TakingRun,
  kind: Aging,
  { indices, records, take, count }: FoundDue
): void {
  if (indices.length === 0) return
  let began = 0
  const step = database.transaction(() => {
    began = performance.now()
    holding.refresh()
    if (holding.hasChanged) return false
    while (use.look());
    take()
    const ranges = rangesOf(indices)
    noteAged(database, kind, ranges)
    writer.append([rowOf(pendingAging(kind, { records, ranges, policy }))])
    return true
  })
  const isTaken = step.immediate()
  heldFrom(database, began)
  if (isTaken) count()
}
