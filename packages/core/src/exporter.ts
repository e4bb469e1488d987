import type { SealedRecord } from './journal.ts'

/** What became of a batch: `rejected` is final, `retry` asks for the same batch again. */
export type ExportResult =
  | { readonly status: 'stored' }
  | { readonly status: 'retry'; readonly error: unknown; readonly afterMs?: number }
  | { readonly status: 'rejected'; readonly error: unknown }

/**
 * Ships sealed records elsewhere, at least once and in order. It must not throw, change the
 * batch, queue or retry: whoever delivers does that, and moves its cursor only on `stored`. The
 * signal aborts at the deadline.
 */
export interface Exporter extends AsyncDisposable {
  /** Names the cursor; unique in its journal. */
  readonly name: string
  export(batch: readonly SealedRecord[], signal: AbortSignal): Promise<ExportResult>
}
