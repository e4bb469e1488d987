import { existsSync } from 'node:fs'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { defaultKeyFile } from '@slm-audit/sqlite'

/** The key file that signs a log, where there is one; a key that is elsewhere signs when the application signs next. */
export function signingWith(file: string, keyFile: string = defaultKeyFile(file)) {
  if (!existsSync(keyFile)) return {}
  return { keyFile, signer: privateKeySigner(readKeyFile(keyFile)) }
}
