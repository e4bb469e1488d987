import { parseRecord } from '@slm-audit/core/journal'
import { parseCheckpoint, parseVerifierKey } from '@slm-audit/core/tlog'
import { readCheckpoints } from './checkpoint-file.ts'
import { readLine } from './line.ts'
import { readRecordsFile } from './records-files.ts'

/**
 * The name of a log whose manifest does not begin with it: keys and checkpoints are named after it, and so are records
 * that are not encrypted. Undefined where there are none.
 */
export function originOf(
  directory: string,
  closed: readonly { readonly key?: string }[]
): string | undefined {
  const key = closed.find((entry) => entry.key !== undefined)?.key
  return (
    attempt(() => key && parseVerifierKey(key).name) ??
    readCheckpoints(directory)
      .map(({ note }) => attempt(() => parseCheckpoint(note).origin))
      .find((origin) => origin !== undefined) ??
    attempt(() => originOfRecords(directory))
  )
}

function originOfRecords(directory: string): string | undefined {
  for (const text of readRecordsFile(directory, 0)?.bytes.toString('utf8').split('\n') ?? []) {
    const line = readLine(text)
    if (line?.kind === 'record') return parseRecord({ header: JSON.parse(text).header }).log.origin
    const key = line?.kind === 'batch' ? line.facts.find((facts) => facts.key)?.key : undefined
    if (key !== undefined) return parseVerifierKey(key).name
  }
  return undefined
}

/** What cannot be read names nothing. */
function attempt(name: () => string | undefined): string | undefined {
  try {
    return name()
  } catch {
    return undefined
  }
}
