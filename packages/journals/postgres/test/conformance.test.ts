import { openPostgresReader } from '@slm-audit/postgres'
import { testJournal, testReader, testUpkeep } from '@slm-audit/testing/conformance'
import { afterAll } from 'vitest'
import { TestServer } from './server.ts'
import { adminOf, freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

testJournal({
  name: 'PostgreSQL',
  isDurable: true,
  isShared: true,
  make() {
    const place = freshPlace(server)
    return { open: () => openJournal(place), [Symbol.asyncDispose]: async () => {} }
  }
})

testReader({
  name: 'PostgreSQL',
  make() {
    const place = freshPlace(server)
    return {
      open: () => openJournal(place),
      read: () => openPostgresReader(place),
      [Symbol.asyncDispose]: async () => {}
    }
  }
})

testUpkeep({
  name: 'PostgreSQL',
  make() {
    const place = freshPlace(server)
    return {
      open: () => openJournal(place),
      read: () => openPostgresReader(place),
      admin: () => adminOf(place),
      [Symbol.asyncDispose]: async () => {}
    }
  }
})
