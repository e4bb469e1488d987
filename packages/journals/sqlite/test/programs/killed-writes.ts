// killed-writes.ts FILE KEYS WORK PLACE: rotates the keys of contents, or erases what u-7 said, and is killed at a write.

import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { eraseContents, rotateContentsKeyFile } from '@slm-audit/sqlite'
import { withFault } from '../encryption/failing-writes.ts'

const [file = '', keys = '', work = '', place = ''] = process.argv.slice(2)
const keyFile = `${file}.key`
const signing = { keyFile, signer: privateKeySigner(readKeyFile(keyFile)) }
const works: { readonly [name: string]: () => Promise<unknown> } = {
  rotation: () => rotateContentsKeyFile(file, keys, signing),
  erasure: () => eraseContents(file, { scope: { user: 'u-7' }, reason: 'asked for', ...signing })
}
const { thrown } = await withFault(Number(place), 'is killed', () => works[work]?.())
if (thrown) throw thrown
