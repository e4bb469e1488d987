import { AuditError } from '@slm-audit/core/adapter'
import {
  type AuditedCall,
  bothOf,
  type Filter,
  type FilterTree,
  filterTree,
  type Reader
} from '@slm-audit/core/reader'
import { Replay, type ReplayOptions } from './replay.ts'

/** Calls that are looked up at once. */
const PAGE = 200
/** Tags of calls that are replays of others. */
const OF_REPLAYS: readonly (string | undefined)[] = ['replays', 'set']

const OF_MODELS = {
  is: 'text',
  field: 'kind',
  values: [{ value: 'call' }]
} as const satisfies FilterTree

/** Which calls a replay is of. */
export type Recorded =
  | { readonly session: string }
  | {
      /** In the filter language, as an object, or as a tree. */
      readonly filter: Filter
      /** How many of them, the newest ones; all unless given. */
      readonly newest?: number
    }

/**
 * Reads recorded calls of models, oldest first: those of a session, or those that a filter means. Calls that replay others are
 * none of them unless the filter names their tags, `replays` or `set`: else each replay of a session made it longer. Rejects with AuditError
 * `not_found` where there are none, and with `bad_query` for a filter that cannot be read.
 */
export async function readRecorded(reader: Reader, recorded: Recorded): Promise<AuditedCall[]> {
  const asked = filterTree('session' in recorded ? { session: recorded.session } : recorded.filter)
  const filter = bothOf(namesReplays(asked) ? asked : withoutReplays(asked), OF_MODELS)
  const { newest = Number.POSITIVE_INFINITY } = 'session' in recorded ? {} : recorded
  const calls: AuditedCall[] = []
  let cursor: string | undefined
  do {
    const page = await reader.query(filter, {
      limit: Math.min(PAGE, newest - calls.length),
      ...(cursor !== undefined && { cursor })
    })
    for (const { auditId } of page.items) {
      const call = await reader.get(auditId)
      if (call) calls.push(call)
    }
    cursor = page.cursor
  } while (cursor !== undefined && calls.length < newest)
  if (calls.length > 0) return calls.reverse()
  const what = 'session' in recorded ? `the session ${recorded.session}` : 'this filter'
  const isReplayed = (await reader.query(bothOf(asked, OF_MODELS), { limit: 1 })).items.length > 0
  throw new AuditError(
    'not_found',
    isReplayed
      ? `for ${what} there are only calls that replay others; tag.replays:* means those`
      : `no call of a model is recorded for ${what}; slm-audit sessions lists the sessions`
  )
}

function withoutReplays(filter: FilterTree): FilterTree {
  return bothOf(filter, { is: 'not', of: filterTree({ tag: 'replays' }) })
}

function namesReplays(filter: FilterTree): boolean {
  if (filter.is === 'all' || filter.is === 'any') return filter.of.some(namesReplays)
  if (filter.is === 'not') return namesReplays(filter.of)
  return filter.is === 'text' && filter.field === 'tag' && OF_REPLAYS.includes(filter.tag)
}

/**
 * Loads recorded calls, so that they can be served in the place of a model: give it to `auditFetch(log, { replay })` or to
 * `serveReplay`. Rejects as {@link readRecorded} does, and with AuditError `not_found` where none of them can be served.
 */
export async function loadReplay(
  reader: Reader,
  recorded: Recorded,
  options: ReplayOptions = {}
): Promise<Replay> {
  const calls = await readRecorded(reader, recorded)
  const replay = new Replay(calls, options)
  if (replay.report().recorded > 0) return replay
  const formats = [...new Set(calls.map(({ record }) => record.call?.protocol ?? 'no format'))]
  const message = `none of the ${calls.length} recorded calls can be served (${formats.join(', ')}): calls in process and formats that slm-audit does not write have no answer for the wire`
  throw new AuditError('not_found', message)
}
