import type { Exporter } from '@slm-audit/core'

/**
 * What the other end of an exporter can be made to do from now on. `down`: not take anything,
 * for a reason that passes. `hang`: not answer. `busy`: ask for a pause of 20 milliseconds or more.
 * `refuse`: refuse for good every batch that holds record 3.
 */
export type ExporterFault = 'down' | 'hang' | 'busy' | 'refuse'

/** An exporter's other end, made anew for each test. */
export interface ExporterEnd extends AsyncDisposable {
  /** An exporter for this end; a second one is that of another process, or after a restart. */
  open(): Exporter | Promise<Exporter>
  /** Leaf indices that the end has, in order of arrival; twice where it keeps duplicates. */
  received(): readonly number[] | Promise<readonly number[]>
  /** Begins a fault, or ends it. Only for the faults that the subject names. */
  cause?(fault: ExporterFault | undefined): void
}

/** An exporter to be proved. */
export interface ExporterSubject {
  /** The title of its tests. */
  readonly name: string
  /** What the end can be made to do; none for one that cannot fail. */
  readonly faults: readonly ExporterFault[]
  /** Makes a fresh exporter with what it sends to, for one test. */
  make(): ExporterEnd | Promise<ExporterEnd>
}

/** The record that an end with the fault `refuse` does not take. */
export const REFUSED_INDEX = 3
