import { isObject } from '@slm-audit/core/journal'
import { openPostgresReader, reindexPostgres } from '@slm-audit/postgres'
import {
  type ContentsSubject,
  testContentKeys,
  testContentNames,
  testContents
} from '@slm-audit/testing/conformance'
import { afterAll } from 'vitest'
import { TestServer } from './server.ts'
import { adminOf, freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

/** Everything in the tables of a log, as a text. */
async function everythingIn(schema: string): Promise<string> {
  const tables = await server.query(
    `SELECT relname FROM pg_class WHERE relnamespace = '${schema}'::regnamespace AND relkind = 'r'`
  )
  const texts: string[] = []
  for (const { relname } of tables) {
    const rows = await server.query(`SELECT * FROM ${schema}.${relname}`)
    const text = (_: string, value: unknown) =>
      isObject(value) && value.type === 'Buffer' && Array.isArray(value.data)
        ? Buffer.from(value.data as number[]).toString('latin1')
        : value
    texts.push(JSON.stringify(rows, text))
  }
  return texts.join('\n')
}

const subject: ContentsSubject = {
  name: 'PostgreSQL',
  make() {
    const place = freshPlace(server)
    let readers = 0
    return {
      open: (contents, retention) =>
        openJournal(place, {
          ...(contents && { encryption: { contents } }),
          ...(retention && { retention })
        }),
      // By another address, at which nobody was told of keys.
      read: (keys) =>
        openPostgresReader({
          ...place,
          url: `${place.url}?application_name=reader_${++readers}`,
          ...(keys && { encryption: { contents: { keys } } })
        }),
      admin: () => adminOf(place),
      async everything() {
        // By whoever has the keys: the index must not have the words either.
        await reindexPostgres(place)
        return await everythingIn(place.schema)
      },
      async keys() {
        const rows = await server.query(
          `SELECT wrapped IS NOT NULL AS is_there FROM ${place.schema}.content_keys WHERE NOT is_secret ORDER BY id`
        )
        return rows.map((row) => row.is_there === true)
      },
      // What names are hashed with.
      ownKeys: 1,
      [Symbol.asyncDispose]: async () => undefined
    }
  }
}
testContents(subject)
testContentKeys(subject)
testContentNames(subject)
