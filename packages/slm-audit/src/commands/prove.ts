import { join } from 'node:path'
import { parseRecord, type SealedRecord } from '@slm-audit/core'
import { contentLines, makeFolder } from '@slm-audit/core/node'
import type { Command } from 'commander'
import { judgesEvidence } from '../config/judging.ts'
import { writeOutput } from '../export/output.ts'
import { visibleList } from '../render/columns.ts'
import type { Terminal } from '../terminal.ts'
import { CALL_ARGUMENT, CALL_HELP, callId } from './call-id.ts'
import { warnOfFlaw } from './flaw-warnings.ts'
import { existingFile, type ReadOptions, readOptions, withReader } from './with-reader.ts'

interface Options extends ReadOptions {
  readonly out: string
  readonly contents: boolean
}

/** `slm-audit prove`: the records of a call with proofs that can be checked without the log. */
export function addProve(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('prove')
    .description('writes the records of a call with proofs (c2sp.org/tlog-proof) for verify-proof')
    .argument(CALL_ARGUMENT, CALL_HELP)
    .option('-o, --out <directory>', 'where the files go', '.')
    .option('--no-contents', 'leave out prompts, answers and other contents')
  judgesEvidence(readOptions(command)).action(async (word: string, options: Options) => {
    const log = existingFile(options)
    await withReader(options, async (reader) => {
      const id = await callId(word, reader)
      const proved = await reader.prove(id)
      const call = await reader.get(id)
      if (call) warnOfFlaw(call, terminal, finish)
      makeFolder(options.out)
      const written: { readonly proof: string }[] = []
      for (const { record, proof } of proved) {
        const base = join(options.out, fileName(record))
        const write = (ending: string, content: string) =>
          writeOutput('--out', `${base}.${ending}`, content, log, terminal)
        write('json', record.header)
        write('tlog-proof', proof)
        const contents = contentLines(record)
        if (options.contents && contents) write('contents.jsonl', contents)
        const path = `${base}.tlog-proof`
        if (options.json) written.push({ proof: path })
        else terminal.print(path)
      }
      if (options.json) terminal.print(visibleList(written))
      terminal.explain('check them with slm-audit verify-proof; slm-audit key prints a policy')
    })
  })
}

/** What may stand in a file's name: no separators, no dots, nothing that a shell reads. */
const PLAIN = /^[\w-]{1,64}$/

/** Names the files of a record after its call and stage; by its place where those are not plain words. */
function fileName(record: SealedRecord): string {
  const { auditId, stage } = parseRecord(record)
  return PLAIN.test(auditId) && PLAIN.test(stage) ? `${auditId}.${stage}` : `record-${record.index}`
}
