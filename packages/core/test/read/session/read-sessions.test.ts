import {
  type CallSummary,
  type Filter,
  type PageRequest,
  type Reader,
  readSessions
} from '@slm-audit/core/reader'
import { expect, test } from 'vitest'

/** A reader of a log that an application goes on writing: each question finds a newer call of each session. */
class GrowingLog {
  readonly #sessions: readonly string[]
  readonly #calls: CallSummary[] = []
  isWritten = false

  constructor(sessions: readonly string[]) {
    this.#sessions = sessions
    this.#write()
  }

  async query(filter: Filter = {}, { limit = 50, cursor }: PageRequest = {}) {
    if (this.isWritten) this.#write()
    const asked = JSON.stringify(filter)
    const [, session] = /"field":"session","values":\[\{"value":"([^"]*)"/.exec(asked) ?? []
    const found = this.#calls.filter(
      (call) =>
        (session === undefined || call.session === session) &&
        (cursor === undefined || call.index < Number(cursor))
    )
    const items = found.slice(0, limit)
    return { items, ...(found.length > limit && { cursor: String(items.at(-1)?.index) }) }
  }

  #write(): void {
    for (const session of this.#sessions) {
      const index = this.#calls.length
      const receivedAt = new Date(Date.UTC(2026, 0, 1) + index).toISOString()
      const call = {
        auditId: `id-${index}`,
        index,
        kind: 'call',
        stage: 'complete',
        receivedAt,
        session
      }
      this.#calls.unshift(call as CallSummary)
    }
  }
}

const names = Array.from({ length: 9 }, (_, at) => `S-${at}`)

/** Names the sessions of all pages. */
async function listedOf(log: Pick<Reader, 'query'>): Promise<string[]> {
  const listed: string[] = []
  let cursor: string | undefined
  do {
    const page = await readSessions(log, '', { limit: 4, ...(cursor !== undefined && { cursor }) })
    listed.push(...page.items.map(({ session }) => session))
    cursor = page.cursor
  } while (cursor !== undefined && listed.length < 20)
  return listed
}

test('sessions that get calls while they are listed stand in the list, each once', async () => {
  const log = new GrowingLog(names)
  log.isWritten = true
  const listed = await listedOf(log)
  expect(listed.slice(0, 4)).toEqual(names.toReversed().slice(0, 4))
  expect(listed.toSorted()).toEqual(names)
})

test('a reader may have any cursors', async () => {
  const log = new GrowingLog(names)
  const query: Reader['query'] = async (filter, { cursor, ...page } = {}) => {
    const [, at] = cursor?.split('~') ?? []
    const found = await log.query(filter, { ...page, ...(at !== undefined && { cursor: at }) })
    return { ...found, ...(found.cursor !== undefined && { cursor: `v1~${found.cursor}~` }) }
  }
  expect(await listedOf({ query })).toEqual(names.toReversed())
})
