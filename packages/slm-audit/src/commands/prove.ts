import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRecord } from '@slm-audit/core'
import { contentLines } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { type ReadOptions, readOptions, withReader } from './with-reader.ts'

/** `slm-audit prove`: the records of a call with proofs that can be checked without the log. */
export function addProve(program: Command, terminal: Terminal): void {
  const command = program
    .command('prove')
    .description('writes the records of a call with proofs (c2sp.org/tlog-proof) for verify-proof')
    .argument('<auditId>', 'the id, or as much of its beginning as one call alone has')
    .option('-o, --out <directory>', 'where the files go', '.')
    .option('--no-contents', 'leave out prompts, answers and other contents')
  readOptions(command).action(
    async (auditId: string, options: ReadOptions & { out: string; contents: boolean }) => {
      await withReader(options, async (reader) => {
        mkdirSync(options.out, { recursive: true })
        for (const { record, proof } of await reader.prove(auditId)) {
          const { auditId: id, stage } = parseRecord(record)
          const base = join(options.out, `${id}.${stage}`)
          writeFileSync(`${base}.json`, record.header)
          writeFileSync(`${base}.tlog-proof`, proof)
          const contents = contentLines(record)
          if (options.contents && contents) writeFileSync(`${base}.contents.jsonl`, contents)
          terminal.print(
            options.json ? JSON.stringify({ proof: `${base}.tlog-proof` }) : `${base}.tlog-proof`
          )
        }
        terminal.explain('check them with slm-audit verify-proof; slm-audit key prints a policy')
      })
    }
  )
}
