import { existsSync } from 'node:fs'
import { messageOf } from '@slm-audit/core/journal'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { AuditError } from '@slm-audit/core/reader'
import { defaultKeyFile } from '@slm-audit/sqlite'

/**
 * What signs a log behind a command: the key file that is named, else the one beside the log. Where that is missing, the
 * key is elsewhere, and the application signs when it signs next. Throws AuditError `bad_option` where a file is named
 * that is not there, `bad_key` for one that is no key.
 */
export function signingWith(file: string, named?: string) {
  return signingBy(defaultKeyFile(file), named)
}

/** `signingWith` for a log whose key is at another place unless a file is named. */
export function signingBy(usual: string, named?: string) {
  const keyFile = named ?? usual
  if (existsSync(keyFile)) return { keyFile, signer: signerIn(keyFile) }
  if (named === undefined) return {}
  throw new AuditError(
    'bad_option',
    `there is no key file ${named}; leave the option out where the application has the key: it signs when it signs next`
  )
}

function signerIn(keyFile: string) {
  try {
    return privateKeySigner(readKeyFile(keyFile))
  } catch (cause) {
    const message = `${keyFile} does not hold the key that signs the log: ${messageOf(cause)}; the key of an encrypted database goes into SLM_AUDIT_DATABASE_KEY`
    throw new AuditError('bad_key', message, { cause })
  }
}
