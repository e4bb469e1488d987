import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { openAdmin, openReader, rotateKeyFile, sqliteJournal } from '@slm-audit/sqlite'
import {
  testJournal,
  testKeyRotation,
  testReader,
  testRedaction,
  testUpkeep,
  type UpkeepSubject
} from '@slm-audit/testing/conformance'
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

const subject: UpkeepSubject = {
  name: 'SQLite',
  make() {
    const file = freshFile()
    const keyFile = `${file}.key`
    return {
      open: () => sqliteJournal({ file }),
      read: () => openReader(file),
      admin: () => openAdmin(file, { keyFile, signer: privateKeySigner(readKeyFile(keyFile)) }),
      [Symbol.asyncDispose]: async () => {}
    }
  }
}
testUpkeep(subject)
testRedaction(subject)
testKeyRotation({
  name: 'SQLite',
  make() {
    const file = freshFile()
    const keyFile = `${file}.key`
    return {
      keyFile,
      open: () => sqliteJournal({ file }),
      read: () => openReader(file),
      rotate: () => rotateKeyFile(file, keyFile),
      [Symbol.asyncDispose]: async () => {}
    }
  }
})
