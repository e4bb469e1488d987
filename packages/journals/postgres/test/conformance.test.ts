import { openPostgresReader } from '@slm-audit/postgres'
import { testJournal, testReader, testRedaction, testUpkeep } from '@slm-audit/testing/conformance'
import { afterAll } from 'vitest'
import { TestServer } from './server.ts'
import { adminOf, freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

const make = () => {
  const place = freshPlace(server)
  return {
    open: () => openJournal(place),
    read: () => openPostgresReader(place),
    admin: () => adminOf(place),
    [Symbol.asyncDispose]: async () => {}
  }
}

testJournal({ name: 'PostgreSQL', isDurable: true, isShared: true, make })
testReader({ name: 'PostgreSQL', make })
testUpkeep({ name: 'PostgreSQL', make })
testRedaction({ name: 'PostgreSQL', make })
