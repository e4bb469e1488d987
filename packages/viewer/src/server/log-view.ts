import type { Reader } from '@slm-audit/core/reader'
import { parseCheckpoint, parseNote } from '@slm-audit/core/tlog'

/** What the page says of the log as a whole. */
export interface LogDescription {
  /** Name for people: its file, or its origin. */
  readonly name: string
  readonly origin: string
  /** Records that are stored. */
  readonly size: number
  /** Records that the newest checkpoint covers. */
  readonly signed: number
  /** The newest checkpoint, as signed. */
  readonly checkpoint?: string
  /** Names of the witnesses that signed it, too. */
  readonly witnesses: readonly string[]
  /** Verifier keys, oldest first. */
  readonly keys: readonly string[]
  /** Whether this is a copy without a tree, so that nothing can be verified here. */
  readonly isCopy: boolean
  /** Whether something can be said about calls in the page. */
  readonly canAnnotate: boolean
  readonly exporters: readonly {
    readonly name: string
    readonly lag: number
    readonly setAside: number
  }[]
}

/** Describes a log by its reader. */
export async function describeLog(
  reader: Reader,
  name: string | undefined,
  canAnnotate: boolean
): Promise<LogDescription> {
  const [checkpoint, keys, exporters, size] = await Promise.all([
    reader.checkpoint(),
    reader.keys(),
    reader.exporters(),
    reader.size()
  ])
  const parsed = checkpoint === undefined ? undefined : parseCheckpoint(checkpoint)
  const [key = ''] = keys
  const origin = parsed?.origin ?? key.split('+')[0] ?? ''
  const signers = checkpoint === undefined ? [] : parseNote(checkpoint).signatures
  const witnesses = new Set(signers.map((each) => each.name).filter((each) => each !== origin))
  return {
    name: name ?? origin,
    origin,
    size,
    signed: parsed?.size ?? 0,
    witnesses: [...witnesses],
    ...(checkpoint !== undefined && { checkpoint }),
    keys,
    isCopy: reader.isCopy === true,
    canAnnotate,
    exporters: exporters.map(({ name, lag, setAside }) => ({
      name,
      lag,
      setAside: setAside.length
    }))
  }
}
