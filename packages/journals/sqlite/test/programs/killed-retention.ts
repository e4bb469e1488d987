// killed-retention.ts FILE STEP: runs retention as of two years later and is killed at a step.

import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { applyRetention } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'

const [file = '', step = ''] = process.argv.slice(2)
const { exec, prepare } = Database.prototype

// The statements before which the kill comes.
const AT: { readonly [step: string]: RegExp } = {
  begun: /SELECT idx, audit_id, header FROM records WHERE idx >= \?/,
  expiry: /UPDATE contents SET salt/,
  forgotten: /DELETE FROM texts/,
  pruning: /DELETE FROM records/,
  merged: /'merge'/,
  space: /incremental_vacuum/
}
const pattern = AT[step] ?? /^$/

function killAt(sql: string): void {
  if (pattern.test(sql)) process.kill(process.pid, 'SIGKILL')
}

Database.prototype.prepare = function (this: Database.Database, sql: string) {
  killAt(sql)
  return prepare.call(this, sql)
} as typeof prepare
Database.prototype.exec = function (this: Database.Database, sql: string) {
  killAt(sql)
  return exec.call(this, sql)
} as typeof exec

const keyFile = `${file}.key`
const signer = privateKeySigner(readKeyFile(keyFile))
const now = new Date(Date.now() + 2 * 366 * 86_400_000)
await applyRetention(file, { now, signer, keyFile })
