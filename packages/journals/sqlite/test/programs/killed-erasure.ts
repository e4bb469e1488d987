// killed-erasure.ts FILE STEP: erases what Alice said and is killed at a step.

import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { eraseContents } from '@slm-audit/sqlite'
import { killBefore } from '../statements.ts'

const [file = '', step = ''] = process.argv.slice(2)

// The statements behind which the kill comes.
const AT: { readonly [step: string]: RegExp } = {
  begun: /SELECT idx, audit_id FROM records WHERE idx < \?/,
  batch: /UPDATE main.parts SET/,
  index: /'optimize'/,
  end: /DELETE FROM meta/
}
killBefore(AT[step] ?? /^$/)

const keyFile = `${file}.key`
const signer = privateKeySigner(readKeyFile(keyFile))
await eraseContents(file, {
  scope: { user: 'alice' },
  reason: 'asked for',
  by: 'officer',
  signer,
  keyFile
})
