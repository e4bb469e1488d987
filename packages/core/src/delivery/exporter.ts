import type { Stage } from '../record/record.ts'
import type { SealedRecord } from '../record/sealed-record.ts'

/** What became of a batch: `rejected` is final, `retry` asks for the same batch again. */
export type ExportResult =
  | {
      readonly status: 'stored'
      /** What the other end says it left out, or warns of: told once an episode, sent never again. */
      readonly problem?: unknown
    }
  | {
      readonly status: 'retry'
      readonly error: unknown
      /** When the other end wants it again (Retry-After), in milliseconds; an hour at most counts. */
      readonly afterMs?: number
    }
  | { readonly status: 'rejected'; readonly error: unknown }

/**
 * Ships sealed records elsewhere, at least once and in order. It must not throw, change the
 * batch, queue or retry: the log does that, and moves the exporter's cursor only on `stored`.
 *
 * The log gives one batch at a time, never an empty one, as frozen copies that it makes anew for
 * each attempt. A batch that was answered with `retry` comes again with the same records; after
 * a restart the same records may come in other batches. `rejected` for a batch of several makes
 * the log send its halves, until the records that are at fault are alone; these it sets aside.
 * The signal aborts at the deadline or when the log closes; what the exporter answers after that
 * is not heard. Whoever exports must not say what contents hold in the message of an error.
 */
export interface Exporter extends AsyncDisposable {
  /** Names the cursor; unique in its journal: 1 to 64 letters, digits, `.`, `_` or `-`. */
  readonly name: string
  /** Ships one batch, and says what became of it. The log calls it, one batch at a time; see above. */
  export(batch: readonly SealedRecord[], signal: AbortSignal): Promise<ExportResult>
}

/** How a log delivers to an exporter. All may be left out. */
export interface ExporterOptions {
  /** Most records in a batch; 200 unless given. */
  readonly batchSize?: number
  /** Most bytes of headers and contents in a batch, unless one record has more; 1 MiB unless given. */
  readonly batchBytes?: number
  /** How long a batch that is not full waits for more, in milliseconds; 200 unless given. */
  readonly delayMs?: number
  /** Longest time for one export in milliseconds; 10,000 unless given. */
  readonly deadlineMs?: number
  /** Pause after the first failure in milliseconds, doubled with each more; 500 unless given. */
  readonly firstRetryMs?: number
  /** Longest pause between attempts in milliseconds; 60,000 unless given. */
  readonly lastRetryMs?: number
  /** Where an exporter begins that the journal does not know yet: `start` unless given. */
  readonly from?: 'start' | 'now'
  /** Only records of these kinds. */
  readonly kinds?: readonly string[]
  /** Only records of these stages; `event` are records that are not calls. */
  readonly stages?: readonly Stage[]
  /** Whether prompts, answers and other contents go with their records; true unless given. */
  readonly contents?: boolean
}

/** An exporter alone, or with how to deliver to it. */
export type ExporterEntry = Exporter | (ExporterOptions & { readonly exporter: Exporter })
