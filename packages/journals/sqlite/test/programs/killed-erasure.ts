// killed-erasure.ts FILE STEP: erases what Alice said and is killed at a step.

import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { eraseContents } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'

const [file = '', step = ''] = process.argv.slice(2)
const { exec, prepare } = Database.prototype

function killSelf(): void {
  process.kill(process.pid, 'SIGKILL')
}

// The statements behind which the kill comes.
const AT: { readonly [step: string]: RegExp } = {
  begun: /SELECT idx, audit_id FROM records WHERE idx < \?/,
  batch: /UPDATE parts SET/,
  index: /'optimize'/,
  end: /DELETE FROM meta/
}
const pattern = AT[step] ?? /^$/

Database.prototype.prepare = function (this: Database.Database, sql: string) {
  if (pattern.test(sql)) killSelf()
  return prepare.call(this, sql)
} as typeof prepare
Database.prototype.exec = function (this: Database.Database, sql: string) {
  if (pattern.test(sql)) killSelf()
  return exec.call(this, sql)
} as typeof exec

const keyFile = `${file}.key`
const signer = privateKeySigner(readKeyFile(keyFile))
await eraseContents(file, {
  scope: { user: 'alice' },
  reason: 'asked for',
  by: 'officer',
  signer,
  keyFile
})
