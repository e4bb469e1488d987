// killed-retention.ts FILE STEP: runs retention as of two years later and is killed at a step.

import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { applyRetention } from '@slm-audit/sqlite'
import { killBefore } from '../statements.ts'

const [file = '', step = ''] = process.argv.slice(2)

// The statements before which the kill comes.
const AT: { readonly [step: string]: RegExp } = {
  begun: /SELECT idx, audit_id, header FROM records WHERE idx >= \?/,
  expiry: /UPDATE main.contents SET salt/,
  forgotten: /DELETE FROM texts/,
  pruning: /DELETE FROM main.records/,
  merged: /'merge'/,
  space: /incremental_vacuum/
}
killBefore(AT[step] ?? /^$/)

const keyFile = `${file}.key`
const signer = privateKeySigner(readKeyFile(keyFile))
const now = new Date(Date.now() + 2 * 366 * 86_400_000)
await applyRetention(file, { now, signer, keyFile })
