// killed-keys.ts FILE KEYS WORK STEP: rotates the keys of contents, or erases what u-7 said, and is killed at a step.

import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { eraseContents, rotateContentsKeyFile } from '@slm-audit/sqlite'
import { killBefore } from '../statements.ts'

const [file = '', keys = '', work = '', step = ''] = process.argv.slice(2)

// The statements before which the kill comes, and at which time that they are prepared.
const AT: { readonly [step: string]: readonly [RegExp, number] } = {
  'new key': [/SELECT id, name, wrapped_by/, 2],
  'second key': [/UPDATE content_keys SET wrapped = \?/, 2],
  retired: [/SELECT idx, audit_id FROM records WHERE idx < \?/, 1],
  destroyed: [/DELETE FROM meta/, 1]
}
killBefore(...(AT[step] ?? [/^$/, 1]), ['prepare'])

const keyFile = `${file}.key`
const signing = { keyFile, signer: privateKeySigner(readKeyFile(keyFile)) }
if (work === 'rotate') await rotateContentsKeyFile(file, keys, signing)
else await eraseContents(file, { scope: { user: 'u-7' }, reason: 'asked for', ...signing })
