import type { Reader } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { EXIT } from '../../base/exit-codes.ts'
import { attention, type Finding, ok } from '../../base/finding.ts'
import { isDatabase, isLogAddress, refuseCopy, shownAddress } from '../../base/log-address.ts'
import { quoted } from '../../base/next-command.ts'
import { judgesEvidence } from '../../config/judging.ts'
import type { Asked } from '../../doctor/asked.ts'
import { checkClients } from '../../doctor/check-clients.ts'
import { checkDirectory, checkFiles, checkIndex } from '../../doctor/check-files.ts'
import { checkLog } from '../../doctor/check-log.ts'
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
async function checkPlace(
  file: string,
  reader: Reader,
  options: Options,
  asked: Asked
): Promise<Finding[]> {
  if (isLogAddress(file)) return [await checkIndex(reader, asked)]
  if (isDirectory(file))
    return [
      ...checkDirectory(file, [options.identity, options.contentsKeys]),
      await checkSpools(file)
    ]
  const keys = [options.keyFile, options.contentsKeys]
  return [...(await checkFiles(file, reader, asked, keys)), await checkSpools(file)]
}

/** Commands on the log that is meant, as they are typed; a password in its address is left out. */
function commandsOn({ file, keyFile, contentsKeys, identity }: Options): Asked['of'] {
  const given = [
    ['--file', file === undefined ? undefined : shownAddress(file)],
    ['--key-file', keyFile],
    ['--contents-keys', contentsKeys],
    ['--identity', identity]
  ].flatMap(([name = '', value]) => (value === undefined ? [] : [name, quoted(value)]))
  return (words) => ['slm-audit', words, ...given].join(' ')
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
      const asked = { terminal, isDatabase: isDatabase(file), of: commandsOn(options) }
      return [
        ...(await checkLog(reader, await reader.size(), asked)),
        ...(await checkPlace(file, reader, options, asked)),
        checkClients(process.cwd(), asked)
      ]
    })
    const isTerminal = Number.isFinite(terminal.width)
    const shownOn = isTerminal ? terminal : { ...terminal, width: USUAL_WIDTH }
    terminal.print(options.json ? visibleList(findings) : renderFindings(findings, shownOn))
    if (options.strict && findings.some(({ state }) => state !== 'ok')) finish(EXIT.notice)
  })
}
