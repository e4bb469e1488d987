import { sqliteJournal } from '@slm-audit/sqlite'
import { testJournal } from '@slm-audit/testing/conformance'
import { freshFile } from './support.ts'

testJournal({
  name: 'SQLite',
  isDurable: true,
  isShared: true,
  make() {
    const file = freshFile()
    return { open: () => sqliteJournal({ file }), [Symbol.asyncDispose]: async () => {} }
  }
})
