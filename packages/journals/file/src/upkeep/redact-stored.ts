import * as nodeFiles from 'node:fs'
import type { Redacted, RedactOptions } from '@slm-audit/core/journal'
import { userName } from '@slm-audit/core/node'
import { noRedactionOfEncrypted } from '@slm-audit/core/policy'
import type { FileSystem } from '../format/files.ts'
import { storedScopes } from '../subjects/stored-users.ts'
import { SubjectFile } from '../subjects/subject-file.ts'
import type { AdministeredFiles } from './administer.ts'
import { endFile, withoutPackers } from './closed-alone.ts'
import { finishBegun, finishErasure } from './erase-stored.ts'
import { beginErasure } from './pending-erasure.ts'
import { ErasurePlan } from './plan-erasure.ts'
import { StoredRedacting } from './stored-redacting.ts'

type Asked = Pick<RedactOptions, 'rule' | 'scope' | 'reason' | 'by' | 'onProgress'>

/** Redacts what is stored: see `redactContents`, which checks the options. */
export function redactStored(
  administered: AdministeredFiles,
  { rule, scope, reason, by = userName(), onProgress }: Asked,
  files: FileSystem = nodeFiles
): Promise<Redacted> {
  const { directory, log, encrypt } = administered
  return withoutPackers(directory, async () => {
    await finishBegun(administered, files)
    await log.exclusive(async () => {
      refuseEncrypted(directory)
      endFile(administered)
      const scopes = scope ? storedScopes(directory, scope) : []
      const note = { scope: 'redaction', by, reason }
      const pending = { scopes, note, until: log.state.size, rule }
      await beginErasure(files, directory, pending, encrypt)
    })
    const { contents, held, incidents, isLogEmpty, redacted } = await finishErasure(administered, {
      onProgress,
      files
    })
    return { calls: redacted, contents, held, incidents, isLogEmpty }
  })
}

/** What a redaction would change in a log. */
export async function rehearseRedaction(
  { directory, decrypt }: Pick<AdministeredFiles, 'directory' | 'decrypt'>,
  { rule, scope }: Pick<RedactOptions, 'rule' | 'scope'>
): Promise<Redacted> {
  refuseEncrypted(directory)
  const until = Number.MAX_SAFE_INTEGER
  const redacting = new StoredRedacting({ directory, decrypt }, rule, until)
  const scopes = scope ? storedScopes(directory, scope) : []
  const plan = await ErasurePlan.of({ directory, decrypt, scopes, until, found: redacting.found })
  await redacting.keep(plan)
  const { contents } = plan.report
  return { calls: redacting.redacted, contents, ...plan.heldBack, isLogEmpty: true }
}

function refuseEncrypted(directory: string): void {
  if (new SubjectFile(directory).hasKeys) throw noRedactionOfEncrypted(directory)
}
