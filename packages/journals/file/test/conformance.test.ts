import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { fileJournal, openAdmin, openFileReader, rotateKeyFile } from '@slm-audit/file'
import {
  testJournal,
  testKeyRotation,
  testReader,
  testRedaction,
  testUpkeep,
  type UpkeepSubject
} from '@slm-audit/testing/conformance'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { freshPath } from './support.ts'

const identity = await generateX25519Identity()
const secret = { identities: [identity], recipients: [await identityToRecipient(identity)] }

for (const [name, options] of [
  ['files', {}],
  [
    'small files, packed and encrypted',
    { ...secret, rotate: { bytes: 9_000 }, compression: 'zstd' }
  ]
] as const) {
  testJournal({
    name,
    isDurable: true,
    isShared: true,
    make() {
      const directory = freshPath()
      return {
        open: () => fileJournal({ directory, ...options }),
        [Symbol.asyncDispose]: async () => {}
      }
    }
  })
}

testReader({
  name: 'small files, packed and encrypted',
  make() {
    const directory = freshPath()
    return {
      open: () =>
        fileJournal({ directory, ...secret, rotate: { bytes: 40_000 }, compression: 'zstd' }),
      read: () => openFileReader(directory, secret),
      [Symbol.asyncDispose]: async () => {}
    }
  }
})

const subject: UpkeepSubject = {
  name: 'small files, packed and encrypted',
  make() {
    const directory = freshPath()
    const keyFile = `${directory}.key`
    return {
      open: () =>
        fileJournal({ directory, ...secret, rotate: { bytes: 900 }, compression: 'zstd' }),
      read: () => openFileReader(directory, secret),
      admin: () =>
        openAdmin(directory, {
          ...secret,
          keyFile,
          signer: privateKeySigner(readKeyFile(keyFile))
        }),
      [Symbol.asyncDispose]: async () => {}
    }
  }
}
testUpkeep(subject)
testRedaction(subject)
for (const [name, options] of [
  ['files', {}],
  ['small files, packed and encrypted', { ...secret, rotate: { bytes: 900 }, compression: 'zstd' }]
] as const) {
  testKeyRotation({
    name,
    make() {
      const directory = freshPath()
      const keyFile = `${directory}.key`
      const { identities = [] } = { ...(name === 'files' ? {} : secret) }
      return {
        keyFile,
        open: () => fileJournal({ directory, ...options }),
        read: () => openFileReader(directory, { identities }),
        rotate: () => rotateKeyFile(directory, keyFile, { identities }),
        [Symbol.asyncDispose]: async () => {}
      }
    }
  })
}
