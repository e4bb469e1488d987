import type { CallSummary, Page, PageRequest } from '../call-summary.ts'
import { bothOf, type Filter, filterTree } from '../filter/filter-tree.ts'
import type { FilterTree } from '../filter/tree.ts'
import type { Reader } from '../reader.ts'
import { makeSession } from './make-session.ts'
import type { Session, SessionSummary } from './session.ts'

/** Records of one session that are read at most: what is older of a longer one is left out. */
const MOST = 10_000
const PAGE = 1_000
/** Sessions of a page, unless another number is asked for. */
const USUAL = 20
/** Calls whose annotations are asked for at once. */
const PARENTS = 100
/**
 * What stands in a cursor of sessions between that of calls, which may be any text, and the newest call when its first page
 * was read. No shell reads anything into it.
 */
const TOP = '.'
const CURSOR = /^(.*)\.(\d+)$/s
/** Calls that are looked at for the next session; where none of them is of one, the most that a page has. */
const LOOK = 100

/**
 * A session as one timeline, by what any reader can find; `undefined` where no call is of it. For those
 * who implement `Reader`: its `session` may be this function.
 */
export async function readSession(
  reader: Pick<Reader, 'query'>,
  session: string
): Promise<Session | undefined> {
  const calls = await allOf(reader, filterTree({ session }))
  const records = [...calls, ...(await annotationsIn(reader, session))]
  return records.some(({ stage }) => stage !== 'event') ? makeSession(session, records) : undefined
}

/**
 * Sessions that have a call which a filter means, the one with the newest such call first. For those
 * who implement `Reader`: its `sessions` may be this function.
 */
export async function readSessions(
  reader: Pick<Reader, 'query'>,
  filter: Filter = {},
  { limit = USUAL, cursor, signal }: PageRequest = {}
): Promise<Page<SessionSummary>> {
  // A test for any session would cost a store all sessions that it knows, for each page.
  const asked = filterTree(filter)
  const items: SessionSummary[] = []
  const seen = new Set<string>()
  const listing = placeOf(cursor)
  let { at, top } = listing
  // The newest calls, behind which newer ones may be written, are never read beyond the page: it ends with a cursor.
  let look = at === undefined ? Math.min(limit, LOOK) : LOOK
  for (;;) {
    const page = await reader.query(asked, {
      limit: look,
      ...(at !== undefined && { cursor: at }),
      ...(signal && { signal })
    })
    look = page.items.some(({ session }) => session !== undefined) ? LOOK : PAGE
    for (const [place, call] of page.items.entries()) {
      const { session } = call
      top ??= call.index
      if (session === undefined || seen.has(session) || call.index > top) continue
      seen.add(session)
      signal?.throwIfAborted()
      if (listing.at !== undefined && (await stoodBefore(reader, asked, call, top))) continue
      const {
        runs: _,
        annotations: __,
        ...summary
      } = makeSession(session, await allOf(reader, filterTree({ session })))
      items.push(summary)
      if (items.length < limit) continue
      const isLast = place === page.items.length - 1
      const next = isLast ? page.cursor : await cursorBehind(reader, asked, at, place + 1)
      return { items, ...(next !== undefined && { cursor: `${next}${TOP}${top}` }) }
    }
    at = page.cursor
    if (at === undefined)
      return { items, ...(page.behind !== undefined && { behind: page.behind }) }
  }
}

/** Where a page begins, and the newest call when its listing began, which a first page learns from what it finds. */
function placeOf(cursor: string | undefined): { at: string | undefined; top: number | undefined } {
  const [, at = cursor, top] = CURSOR.exec(cursor ?? '') ?? []
  return { at, top: top === undefined ? undefined : Number(top) }
}

/** Whether a session stood on a page before, by a newer call; one that was written since then is on no page. */
async function stoodBefore(
  reader: Pick<Reader, 'query'>,
  filter: FilterTree,
  { session, index }: CallSummary,
  top: number
): Promise<boolean> {
  const asked = bothOf(filter, filterTree({ session: session ?? '' }))
  const [newest] = (await reader.query(asked, { limit: 1 })).items
  if (!newest || newest.index <= top) return newest?.index !== index
  const { items } = await reader.query(asked, { limit: PAGE })
  const then = items.find((each) => each.index <= top)
  return then !== undefined && then.index !== index
}

/** Annotations of a session's calls, and those that were made within it; none twice. */
async function annotationsIn(
  reader: Pick<Reader, 'query'>,
  session: string
): Promise<CallSummary[]> {
  const annotated = await allOf(reader, bothOf(filterTree({ session }), ANNOTATED))
  const found = await allOf(reader, filterTree({ session, kind: 'annotation' }))
  for (let at = 0; at < annotated.length; at += PARENTS) {
    const values = annotated.slice(at, at + PARENTS).map(({ auditId }) => ({ value: auditId }))
    const about = { is: 'text', field: 'parent', values } as const
    found.push(...(await allOf(reader, bothOf(about, filterTree({ kind: 'annotation' })))))
  }
  return [...new Map(found.map((each) => [each.auditId, each])).values()]
}

const ANNOTATED = {
  is: 'text',
  field: 'annotation',
  values: [{ value: '*', isPattern: true }]
} as const satisfies FilterTree

/** The cursor of the page that begins behind the first `count` calls of another. */
async function cursorBehind(
  reader: Pick<Reader, 'query'>,
  filter: FilterTree,
  cursor: string | undefined,
  count: number
): Promise<string | undefined> {
  const page = await reader.query(filter, { limit: count, ...(cursor !== undefined && { cursor }) })
  return page.cursor
}

async function allOf(reader: Pick<Reader, 'query'>, filter: FilterTree): Promise<CallSummary[]> {
  const items: CallSummary[] = []
  let cursor: string | undefined
  do {
    const at = cursor === undefined ? {} : { cursor }
    const page = await reader.query(filter, { limit: PAGE, complete: true, ...at })
    items.push(...page.items)
    cursor = page.cursor
  } while (cursor !== undefined && items.length < MOST)
  return items
}
