import { join } from 'node:path'
import { openPostgresReader, rotatePostgresSigningKeyFile } from '@slm-audit/postgres'
import {
  testJournal,
  testKeyRotation,
  testReader,
  testRedaction,
  testUpkeep
} from '@slm-audit/testing/conformance'
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
testKeyRotation({
  name: 'PostgreSQL',
  make() {
    const place = freshPlace(server)
    const keyFile = join(place.folder, 'log.key')
    return {
      keyFile,
      open: () => openJournal(place),
      read: () => openPostgresReader(place),
      rotate: () => rotatePostgresSigningKeyFile(place, keyFile),
      [Symbol.asyncDispose]: async () => {}
    }
  }
})
