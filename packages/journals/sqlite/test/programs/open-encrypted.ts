// open-encrypted.ts FILE WHICH [KEY]: reads an encrypted log with a key that is right or wrong, and says what happens.
import { randomBytes } from 'node:crypto'
import { AuditError } from '@slm-audit/core'
import { type DatabaseKeySource, openReader } from '@slm-audit/sqlite'

const [file = '', which = '', path = ''] = process.argv.slice(2)
const KEYS: { readonly [which: string]: DatabaseKeySource | undefined } = {
  other: () => randomBytes(32),
  short: () => randomBytes(5),
  file: { file: '/nowhere/key' },
  variable: { env: 'NO_SUCH_KEY' },
  failing: () => Promise.reject(new Error('the vault is sealed')),
  key: { file: path }
}
const key = KEYS[which]
try {
  await using reader = await openReader(file, key ? { encryption: { key } } : {})
  await reader.query()
  process.stdout.write('open')
} catch (error) {
  process.stdout.write(AuditError.is(error) ? `${error.code}: ${error.message}` : String(error))
}
