import { resolve } from 'node:path'
import type { AdminSigning } from '@slm-audit/core/journal'
import { formatVerifierKey } from '@slm-audit/core/tlog'
import {
  defaultKeyFile,
  type RotationReport,
  rotateContentsKeyFile,
  rotateKeyFile
} from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { isLogAddress, loadPostgres, refuseCopy } from '../base/log-address.ts'
import { policyOfKeys } from '../export/proved-records.ts'
import { visibleJson } from '../render/columns.ts'
import { counted } from '../render/figures.ts'
import type { Terminal } from '../terminal.ts'
import { signingBy, signingWith } from './admin/signing.ts'
import {
  existingFile,
  existingLog,
  isDirectory,
  type ReadOptions,
  readOptions,
  withReader
} from './with-reader.ts'

interface RotateOptions {
  readonly file?: string
  readonly keyFile?: string
  readonly contentsKeys?: string
  readonly identity?: string
  readonly json?: boolean
}

async function rotateContents(
  file: string,
  keys: string,
  { keyFile, identity, json = false }: RotateOptions,
  terminal: Terminal
): Promise<void> {
  const { rewrapped, wrappedBy } = isLogAddress(file)
    ? await rotateOnServer(file, keys, keyFile)
    : isDirectory(file)
      ? await rotateInFiles(file, keys, { ...signingWith(file, keyFile), identity })
      : await rotateContentsKeyFile(file, keys, signingWith(file, keyFile))
  const said = `${counted(rewrapped, 'data key')} wrapped with ${wrappedBy}`
  terminal.print(json ? visibleJson({ rewrapped, wrappedBy }) : said)
  terminal.explain(
    `the keys of before stay in ${keys}, as backups of the log need them; take them out once no copy does`
  )
}

async function rotateOnServer(url: string, keys: string, keyFile: string | undefined) {
  const { keyFileOf, rotatePostgresKeyFile } = await loadPostgres()
  return await rotatePostgresKeyFile({ url }, keys, signingBy(keyFileOf({ url }), keyFile))
}

async function rotateInFiles(
  directory: string,
  keys: string,
  { identity, ...signing }: AdminSigning & { readonly identity: string | undefined }
): Promise<RotationReport> {
  const files = await import('@slm-audit/file')
  const identities = identity === undefined ? [] : files.readIdentities(identity)
  return await files.rotateContentsKeyFile(directory, keys, { ...signing, identities })
}

/** Changes the key that signs a log, and resolves to the new one. */
async function rotateSigningKey(file: string, { keyFile, identity }: RotateOptions) {
  if (isLogAddress(file)) {
    const { keyFileOf, rotatePostgresSigningKeyFile } = await loadPostgres()
    return await rotatePostgresSigningKeyFile({ url: file }, keyFile ?? keyFileOf({ url: file }))
  }
  const key = keyFile ?? defaultKeyFile(file)
  if (!isDirectory(file)) return await rotateKeyFile(file, key)
  const files = await import('@slm-audit/file')
  const identities = identity === undefined ? [] : files.readIdentities(identity)
  return await files.rotateKeyFile(file, key, { identities })
}

/** The log that is meant. Throws AuditError `journal_unavailable` where there is none, and `bad_option` for a copy. */
function logToRotate({ file }: RotateOptions): string {
  const named = file === undefined ? {} : { file }
  const found = existingFile(named)
  refuseCopy(found)
  return isLogAddress(found) ? found : resolve(existingLog(named))
}

/** `slm-audit key`: what others need to believe the log, and the change of its key. */
export function addKey(program: Command, terminal: Terminal): void {
  const key = program.command('key').description('the keys that sign the log')
  readOptions(
    key
      .command('policy', { isDefault: true })
      .description(
        'prints a policy (c2sp.org/tlog-policy) that believes the log: give it to auditors'
      )
  ).action(async (options: ReadOptions) => {
    await withReader(options, async (reader) => {
      const keys = await reader.keys()
      terminal.print(options.json ? visibleJson(keys) : policyOfKeys(keys).trimEnd())
    })
  })
  key
    .command('rotate')
    .description(
      'makes a new key, records it, and has the old key sign for it; or one that contents are encrypted with'
    )
    .option(
      '-f, --file <path>',
      'the database, a directory of files or postgres://… (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)'
    )
    .option(
      '--key-file <path>',
      'the private key (default: <database>.key, or .slm-audit/<schema>/log.key)'
    )
    .option(
      '--contents-keys <path>',
      'adds a key to this file in place of that, and wraps the keys of the contents with it'
    )
    .option('--identity <file>', 'age identities, where --file is a directory that is encrypted')
    .option('--json', 'one JSON document, for programs')
    .action(async (options: RotateOptions) => {
      const file = logToRotate(options)
      if (options.contentsKeys !== undefined) {
        await rotateContents(file, options.contentsKeys, options, terminal)
        return
      }
      const signer = await rotateSigningKey(file, options)
      const key = formatVerifierKey(signer.key)
      terminal.print(options.json ? visibleJson({ key }) : `log ${key}`)
      terminal.explain('the old key has signed for the new one; give the line above to auditors')
    })
}
