import type { SealedRecord } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'

/** A call that is exported, and the sealed records that it is made of. */
export interface ExportedCall {
  readonly call: AuditedCall
  readonly records: readonly SealedRecord[]
}

/** What the formats may be told. */
export interface FormatOptions {
  /** Whether prompts, answers and other contents are written. */
  readonly contents: boolean
  /** Whether the model's reasoning is written, where a format has a place for it. */
  readonly reasoning: boolean
  /** Whether a CSV begins with a byte order mark. */
  readonly bom?: boolean
}

/** A format whose file is put together call by call. */
export interface ExportFormat {
  readonly name: string
  /** One line for the command's help. */
  readonly description: string
  /** Each row is a training or evaluation example: provenance is written beside it. */
  readonly isDataSet?: boolean
  /** Holds headers' facts only. */
  readonly isWithoutContents?: boolean
  /** Made of bytes: needs a file. */
  readonly isBinary?: boolean
  begin(options: FormatOptions): Promise<Encoding> | Encoding
}

/** One file in the making. */
export interface Encoding {
  /** What a call adds; undefined when the format has no place for it. */
  add(exported: ExportedCall): string | Uint8Array | undefined
  /** What comes behind the last call. */
  end?(): string | Uint8Array | undefined
}
