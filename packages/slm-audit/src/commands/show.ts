import { userName } from '@slm-audit/core/node'
import { AuditError, type AuditedCall, decideAccess, shownIn } from '@slm-audit/core/reader'
import { type Command, Option } from 'commander'
import { archivePlace, isArchiveAddress, loadS3 } from '../base/log-address.ts'
import { usualFile } from '../config/defaults.ts'
import { type CallView, renderCall } from '../render/call.ts'
import { visibleJson } from '../render/columns.ts'
import { curlOf } from '../render/curl.ts'
import type { Terminal } from '../terminal.ts'
import { accessIn } from './access.ts'
import { CALL_ARGUMENT, CALL_HELP, callId } from './call-id.ts'
import { nextInSession } from './calls/next-in-session.ts'
import { standingOf } from './calls/standing.ts'
import { warnOfFlaw } from './flaw-warnings.ts'
import { loadReplays } from './replay/load-replays.ts'
import { warnOfWaiting } from './warn-of-waiting.ts'
import { existingFile, type ReadOptions, readOptions, withReader } from './with-reader.ts'

interface Options extends ReadOptions {
  readonly all?: boolean
  readonly curl?: boolean
}

/** `slm-audit show`: one call with all that was recorded of it. */
export function addShow(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('show')
    .description('one call, whole')
    .argument(CALL_ARGUMENT, CALL_HELP)
  const withOptions = readOptions(command)
    .option('--all', 'nothing folded: all messages and all facts')
    .addOption(
      new Option('--curl', 'the request as a curl command, with a variable for the key').conflicts([
        'jsonl',
        'csv'
      ])
    )
  withOptions.action(async (word: string, options: Options) => {
    const { file = usualFile() ?? '' } = options
    if (isArchiveAddress(file)) {
      const call = await archivedCall(word, file, options)
      await printCall(await openedBy(options, call), options, terminal, finish, async () => ({}))
      return
    }
    await withReader(options, async (reader) => {
      const call = (await reader.get(await callId(word, reader))) ?? notFound(word)
      await warnOfWaiting(existingFile(options), terminal)
      await printCall(await openedBy(options, call), options, terminal, finish, async (shown) => ({
        standing: await standingOf(shown, reader),
        next: await nextInSession(shown, reader)
      }))
    })
  })
}

/** The call with what its policy encrypted, for who has an identity. */
async function openedBy({ identity }: Options, call: AuditedCall): Promise<AuditedCall> {
  if (identity === undefined) return call
  const { openCaptured, readIdentities } = await import('@slm-audit/file')
  return await openCaptured(call, readIdentities(identity))
}

async function printCall(
  call: AuditedCall,
  options: Options,
  terminal: Terminal,
  finish: (exitCode: number) => void,
  placeOf: (call: AuditedCall) => Promise<Pick<CallView, 'standing' | 'next'>>
): Promise<void> {
  warnOfFlaw(call, terminal, finish)
  if (options.curl) {
    const { writeRequest } = await loadReplays('show --curl')
    terminal.print(curlOf(writeRequest(call)))
    return
  }
  if (options.json) {
    terminal.print(visibleJson(call))
    return
  }
  const place = await placeOf(call)
  terminal.print(renderCall(call, terminal, { ...place, all: options.all === true }))
}

/** A call of an archive, which has no index: it is found by its whole id. */
async function archivedCall(word: string, file: string, options: Options): Promise<AuditedCall> {
  const { contents } = decideAccess(accessIn(options), userName())
  await using archive = await (await loadS3()).openS3Archive(archivePlace(file))
  const call = await archive.get(word)
  if (call) return shownIn(contents).call(call)
  const message = `there is no call ${word} in ${file}; an archive has no index, and takes whole ids`
  throw new AuditError('not_found', message)
}

function notFound(word: string): never {
  const message = `there is no call ${word}; slm-audit list shows the newest, slm-audit search finds by words`
  throw new AuditError('not_found', message)
}
