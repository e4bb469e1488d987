import type { Reader } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { EXIT } from '../../base/exit-codes.ts'
import { isLogAddress, refuseCopy } from '../../base/log-address.ts'
import { judgesEvidence } from '../../config/judging.ts'
import { checkClients } from '../../doctor/check-clients.ts'
import { checkDirectory, checkFiles, checkIndex } from '../../doctor/check-files.ts'
import { checkLog } from '../../doctor/check-log.ts'
import { attention, type Finding, ok } from '../../doctor/finding.ts'
import { visibleList } from '../../render/columns.ts'
import { renderFindings } from '../../render/findings.ts'
import type { Terminal } from '../../terminal.ts'
import { waitingWords } from '../warn-of-waiting.ts'
import {
  existingFile,
  isDirectory,
  type ReadOptions,
  readOptions,
  withReader
} from '../with-reader.ts'

interface Options extends ReadOptions {
  readonly strict?: boolean
}

const USUAL_WIDTH = 100

async function checkSpools(file: string): Promise<Finding> {
  const said = await waitingWords(file)
  if (!said) return ok('spools', 'all that was recorded is in the log')
  return said.isLeft ? attention('spools', said.says, said.next) : ok('spools', said.says)
}

/** What is checked of the place that a log is in: its files and spools, of a server what can be asked of it. */
async function checkPlace(file: string, reader: Reader, options: Options): Promise<Finding[]> {
  if (isLogAddress(file)) return [await checkIndex(reader)]
  if (isDirectory(file))
    return [
      ...checkDirectory(file, [options.identity, options.contentsKeys]),
      await checkSpools(file)
    ]
  const keys = [options.keyFile, options.contentsKeys]
  return [...(await checkFiles(file, reader, keys)), await checkSpools(file)]
}

/** `slm-audit doctor`: what should be looked at, each with what to do next. */
export function addDoctor(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('doctor')
    .description(
      'what should be looked at, each with what to do next; slm-audit verify checks the evidence'
    )
    .option('--strict', 'exit 3 when something needs attention, for jobs that watch')
  judgesEvidence(readOptions(command)).action(async (options: Options) => {
    const findings = await withReader(options, async (reader): Promise<Finding[]> => {
      const file = existingFile(options)
      refuseCopy(file)
      return [
        ...(await checkLog(reader, await reader.size())),
        ...(await checkPlace(file, reader, options)),
        checkClients(process.cwd())
      ]
    })
    const isTerminal = Number.isFinite(terminal.width)
    const shownOn = isTerminal ? terminal : { ...terminal, width: USUAL_WIDTH }
    terminal.print(options.json ? visibleList(findings) : renderFindings(findings, shownOn))
    if (options.strict && findings.some(({ state }) => state !== 'ok')) finish(EXIT.notice)
  })
}
