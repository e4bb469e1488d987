import { openReader, sqliteJournal } from '@slm-audit/sqlite'
import { testJournal, testReader } from '@slm-audit/testing/conformance'
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

testReader({
  name: 'SQLite',
  make() {
    const file = freshFile()
    return {
      open: () => sqliteJournal({ file }),
      read: () => openReader(file),
      [Symbol.asyncDispose]: async () => {}
    }
  }
})
