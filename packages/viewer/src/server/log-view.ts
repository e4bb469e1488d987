import type { Reader } from '@slm-audit/core/reader'
import { parseCheckpoint } from '@slm-audit/core/tlog'

/** What the page says of the log as a whole. */
export interface LogDescription {
  /** Name for people: its file, or its origin. */
  readonly name: string
  readonly origin: string
  /** Records that are stored, as far as the newest one says. */
  readonly size: number
  /** Records that the newest checkpoint covers. */
  readonly signed: number
  /** The newest checkpoint, as signed. */
  readonly checkpoint?: string
  /** Verifier keys, oldest first. */
  readonly keys: readonly string[]
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
  const [checkpoint, keys, exporters, newest] = await Promise.all([
    reader.checkpoint(),
    reader.keys(),
    reader.exporters(),
    reader.query('', { limit: 1 })
  ])
  const parsed = checkpoint === undefined ? undefined : parseCheckpoint(checkpoint)
  const [key = ''] = keys
  const origin = parsed?.origin ?? key.split('+')[0] ?? ''
  const signed = parsed?.size ?? 0
  const last = newest.items[0] && (await reader.get(newest.items[0].auditId))
  return {
    name: name ?? origin,
    origin,
    size: Math.max(signed, (last?.indices.at(-1) ?? -1) + 1),
    signed,
    ...(checkpoint !== undefined && { checkpoint }),
    keys,
    canAnnotate,
    exporters: exporters.map(({ name, lag, setAside }) => ({
      name,
      lag,
      setAside: setAside.length
    }))
  }
}
