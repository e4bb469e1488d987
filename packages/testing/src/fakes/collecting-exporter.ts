import type { Exporter, ExportResult, SealedRecord } from '@slm-audit/core'

/** What a collecting exporter does with a batch; nothing means that it stores it. */
export type ExportReaction = (
  batch: readonly SealedRecord[],
  signal: AbortSignal
) => Promise<ExportResult | undefined> | ExportResult | undefined

/** An exporter in memory that does what a test wants. */
export interface CollectingExporter extends Exporter {
  /** What it stored, in order of arrival; a record that came twice is there twice. */
  readonly records: SealedRecord[]
  /** Leaf indices of every batch that it was given, also of those that it did not store. */
  readonly batches: number[][]
  /** Whether the log has closed it. */
  readonly isDisposed: boolean
  /** Sets what it does from now on. A reaction may throw and hang. */
  react(reaction?: ExportReaction): void
}

/** Makes an exporter that collects what it gets. `collecting` is its name unless given. */
export function collectingExporter(name = 'collecting'): CollectingExporter {
  const records: SealedRecord[] = []
  const batches: number[][] = []
  let isDisposed = false
  let react: ExportReaction = () => undefined
  return {
    name,
    records,
    batches,
    get isDisposed() {
      return isDisposed
    },
    react(reaction = () => undefined) {
      react = reaction
    },
    async export(batch, signal) {
      batches.push(batch.map(({ index }) => index))
      const result = (await react(batch, signal)) ?? { status: 'stored' }
      if (result.status === 'stored') records.push(...batch)
      return result
    },
    async [Symbol.asyncDispose]() {
      isDisposed = true
    }
  }
}
