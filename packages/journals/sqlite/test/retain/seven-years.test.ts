import { checkIndex, openAdmin, openReader } from '@slm-audit/sqlite'
import { testRetention } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { sealedIn } from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

testRetention({
  name: 'SQLite',
  async open(policy) {
    const file = freshFile()
    const { log, problems } = await openLog({ file }, { policy })
    return {
      ...{ log, problems, admin: openAdmin(file) },
      reader: () => openReader(file),
      records: () => sealedIn(file),
      async check() {
        expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
      }
    }
  }
})
