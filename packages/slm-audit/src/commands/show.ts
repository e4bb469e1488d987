import { AuditError } from '@slm-audit/core'
import type { Command } from 'commander'
import { renderCall } from '../render/call.ts'
import { visibleJson } from '../render/columns.ts'
import { curlOf } from '../render/curl.ts'
import type { Terminal } from '../terminal.ts'
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
    .option('--curl', 'the request as a curl command, with a variable for the key')
  withOptions.action(async (word: string, options: Options) => {
    await withReader(options, async (reader) => {
      const call = await reader.get(await callId(word, reader))
      await warnOfWaiting(existingFile(options), terminal)
      if (call === undefined) {
        throw new AuditError(
          'not_found',
          `there is no call ${word}; slm-audit list shows the newest, slm-audit search finds by words`
        )
      }
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
      const standing = await standingOf(call, reader)
      const next = await nextInSession(call, reader)
      terminal.print(renderCall(call, terminal, { standing, next, all: options.all === true }))
    })
  })
}
