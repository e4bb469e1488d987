import { openSealedLog } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { EXIT } from '../../base/exit-codes.ts'
import { judgesEvidence } from '../../config/judging.ts'
import { checkClients } from '../../doctor/check-clients.ts'
import { checkFiles } from '../../doctor/check-files.ts'
import { checkLog } from '../../doctor/check-log.ts'
import { attention, type Finding, ok } from '../../doctor/finding.ts'
import { visibleList } from '../../render/columns.ts'
import { renderFindings } from '../../render/findings.ts'
import type { Terminal } from '../../terminal.ts'
import { waitingWords } from '../warn-of-waiting.ts'
import { existingDatabase, type ReadOptions, readOptions, withReader } from '../with-reader.ts'

interface Options extends ReadOptions {
  readonly strict?: boolean
}

const USUAL_WIDTH = 100

async function checkSpools(file: string): Promise<Finding> {
  const said = await waitingWords(file)
  if (!said) return ok('spools', 'all that was recorded is in the log')
  return said.isLeft ? attention('spools', said.says, said.next) : ok('spools', said.says)
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
      const file = existingDatabase(options)
      using log = openSealedLog(file)
      return [
        ...(await checkLog(reader, log.size)),
        ...(await checkFiles(file, reader, [options.keyFile, options.contentsKeys])),
        await checkSpools(file),
        checkClients(process.cwd())
      ]
    })
    const isTerminal = Number.isFinite(terminal.width)
    const shownOn = isTerminal ? terminal : { ...terminal, width: USUAL_WIDTH }
    terminal.print(options.json ? visibleList(findings) : renderFindings(findings, shownOn))
    if (options.strict && findings.some(({ state }) => state !== 'ok')) finish(EXIT.notice)
  })
}
