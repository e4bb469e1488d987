import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import {
  type FileJournalOptions,
  fileJournal,
  openAdmin,
  openFileReader,
  unlockContents
} from '@slm-audit/file'
import {
  type ContentsStore,
  testContentKeys,
  testContentNames,
  testContents
} from '@slm-audit/testing/conformance'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { freshPath } from './support.ts'

type Options = Pick<FileJournalOptions, 'identities' | 'recipients' | 'rotate' | 'compression'>

/** The same log elsewhere, where this process knows no keys of it. */
function copyOf(directory: string): string {
  const copy = freshPath()
  for (const more of ['', '.key', '.key.head', '.secret']) {
    const path = `${directory}${more}`
    if (existsSync(path)) cpSync(path, `${copy}${more}`, { recursive: true })
  }
  return copy
}

function storeAt(directory: string, options: Options): ContentsStore {
  const { identities = [], recipients = [] } = options
  return {
    open(contents, retention) {
      if (contents) unlockContents(directory, contents.keys)
      return fileJournal({
        directory,
        ...options,
        ...(contents && { encryption: { contents } }),
        ...(retention && { retention })
      })
    },
    read: (keys) =>
      openFileReader(copyOf(directory), {
        identities,
        ...(keys && { encryption: { contents: { keys } } })
      }),
    admin() {
      const keyFile = `${directory}.key`
      const signer = privateKeySigner(readKeyFile(keyFile))
      return openAdmin(directory, { keyFile, signer, identities, recipients })
    },
    async everything() {
      const files = readdirSync(directory, { recursive: true, withFileTypes: true })
      const paths = files
        .filter((each) => each.isFile())
        .map((each) => join(each.parentPath, each.name))
      return paths.map((path) => readFileSync(path, 'latin1')).join('\n')
    },
    async keys() {
      const lines = readFileSync(join(directory, 'subjects.jsonl'), 'utf8').split('\n')
      return lines.filter((line) => line.startsWith('{"key"')).map((line) => /"wrapped"/.test(line))
    },
    [Symbol.asyncDispose]: async () => undefined
  }
}

const identity = await generateX25519Identity()
const secret = { identities: [identity], recipients: [await identityToRecipient(identity)] }
const small = { rotate: { bytes: 900 }, compression: 'zstd' } as const

const subject = { name: 'files', make: () => storeAt(freshPath(), {}) }
testContents(subject)
testContentKeys(subject)
testContentNames(subject)
testContents({
  name: 'small files, packed and encrypted whole as well',
  make: () => storeAt(freshPath(), { ...secret, ...small })
})
