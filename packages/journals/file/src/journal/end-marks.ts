import { join } from 'node:path'
import { AuditError, isObject, type SealedRecord } from '@slm-audit/core/journal'
import { type Frontier, sameBytes, type TreeHead } from '@slm-audit/core/tlog'
import { type FileSystem, readIfThere, replaceFile, writeAll } from '../format/files.ts'
import { END_MARK, FILE_MODE } from '../format/layout.ts'

/** Makes the mark of a size and root; `undefined` where the key is held elsewhere. */
export type MarkHead = (head: TreeHead) => string | undefined

/** What stands in the file: the leaf hashes of a batch, the mark of the log with it, and where it begins. */
interface EndMark {
  readonly from: number
  readonly leaves: readonly string[]
  readonly mark: string
}

/**
 * The mark that a writer with the log's key leaves of its newest batch, in a small file beside the records. It is
 * written before them, so that whatever part of the batch a kill leaves is part of what is marked.
 */
export class EndMarks {
  readonly #path: string
  readonly #files: FileSystem
  /** Bytes of the mark of a batch that is not stored yet. */
  #pending: number | undefined

  constructor(directory: string, files: FileSystem) {
    this.#path = join(directory, END_MARK)
    this.#files = files
  }

  /** Marks a batch that is about to follow the records of a tree. */
  write(
    edge: Frontier,
    records: readonly Pick<SealedRecord, 'leafHash'>[],
    markHead: MarkHead
  ): void {
    this.#pending = undefined
    const leaves = records.map(({ leafHash }) => leafHash)
    const end = endOf(edge, leaves)
    const mark = markHead(end)
    if (mark === undefined) return
    const text = JSON.stringify({ from: edge.size, leaves: leaves.map(toBase64), mark })
    const bytes = Buffer.from(text)
    try {
      replaceFile(this.#files, this.#path, bytes, false)
      this.#pending = bytes.length
    } catch {
      // Records are worth more than their mark: without it a kill is told as an end that nobody signed.
    }
  }

  /** Ends the mark with a line's end, once its batch is stored whole: what is missing of it later was lost, by no kill. */
  confirm(): void {
    if (this.#pending === undefined) return
    try {
      const handle = this.#files.openSync(this.#path, 'r+', FILE_MODE)
      try {
        writeAll(this.#files, handle, Buffer.from('\n'), this.#pending)
      } finally {
        this.#files.closeSync(handle)
      }
    } catch {
      // Without it, a loss within this batch is taken for a kill.
    }
    this.#pending = undefined
  }

  /**
   * Whether the end of a log is a part of the batch that was marked last, with the key of `markHead`.
   *
   * @param edgeAt The right edge of the tree at a size that the log has had.
   */
  covers(head: TreeHead, edgeAt: (size: number) => Frontier, markHead: MarkHead): boolean {
    const found = readMark(this.#path)
    if (!found) return false
    const { from, leaves, mark } = found
    if (from > head.size || head.size > from + leaves.length) return false
    const batch = leaves.map((leaf) => Buffer.from(leaf, 'base64'))
    const stored = endOf(edgeAt(from), batch.slice(0, head.size - from))
    return sameBytes(stored.root, head.root) && markHead(endOf(edgeAt(from), batch)) === mark
  }
}

function endOf(edge: Frontier, leaves: readonly Uint8Array[]): TreeHead {
  const grown = edge.clone()
  for (const leaf of leaves) grown.append(leaf)
  return { size: grown.size, root: grown.root() }
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** Records `from` to `to` - 1 of a log. */
export interface MarkedBatch {
  readonly from: number
  readonly to: number
  /** Whether its writer has noted that they were stored, all of them. */
  readonly isStored: boolean
}

/**
 * The newest batch that a writer has marked, after it had opened the file for it and before it stored it; undefined
 * without a mark.
 */
export function markedBatch(directory: string): MarkedBatch | undefined {
  const mark = readMark(join(directory, END_MARK))
  if (!mark) return undefined
  const { from, leaves, isStored } = mark
  return { from, to: from + leaves.length, isStored }
}

function readMark(path: string): (EndMark & Pick<MarkedBatch, 'isStored'>) | undefined {
  try {
    const text = readIfThere(path).toString('utf8')
    const found: unknown = JSON.parse(text)
    if (!isObject(found) || !Array.isArray(found.leaves)) return undefined
    const { from, leaves, mark } = found
    const isStored = text.endsWith('\n')
    return { from: Number(from), leaves: leaves.map(String), mark: String(mark), isStored }
  } catch (error) {
    // What is no mark marks nothing.
    if (error instanceof SyntaxError || AuditError.is(error)) return undefined
    throw error
  }
}
